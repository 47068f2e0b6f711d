"""How fast it is: each figure beside its floor or peer, measured in the same run."""
