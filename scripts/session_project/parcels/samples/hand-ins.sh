# Hands in the parcels of week 10: DB=shop.db PARCELS=parcels bash samples/hand-ins.sh
set -eu
: "${DB:=shop.db}" "${PARCELS:=parcels}"
$PARCELS --db "$DB" add KC4821093753 --zone B --reference ORDER-1001 --handed-in 2026-02-27T09:30
$PARCELS --db "$DB" add KC4821093887 --zone C --reference ORDER-1002 --handed-in 2026-02-27T18:20
$PARCELS --db "$DB" add TW3100442176 --zone A --reference ORDER-1003 --handed-in 2026-03-02T08:45
$PARCELS --db "$DB" add HX7700159036 --zone B --reference ORDER-1004 --handed-in 2026-03-02T18:10
$PARCELS --db "$DB" add KC4821094020 --zone A --reference ORDER-1005 --handed-in 2026-03-02T11:00
$PARCELS --db "$DB" add TW3100442307 --zone C --reference ORDER-1006 --handed-in 2026-03-02T16:05
$PARCELS --db "$DB" add KC4821094154 --zone B --reference ORDER-1007 --handed-in 2026-03-03T10:15
$PARCELS --db "$DB" add HX7700159160 --zone A --reference ORDER-1008 --handed-in 2026-03-03T09:05
$PARCELS --db "$DB" add TW3100442431 --zone B --reference ORDER-1009 --handed-in 2026-03-03T14:50
$PARCELS --db "$DB" add KC4821094288 --zone C --reference ORDER-1010 --handed-in 2026-03-04T12:30
$PARCELS --db "$DB" add HX7700159294 --zone C --reference ORDER-1011 --handed-in 2026-03-04T20:15
$PARCELS --db "$DB" add KC4821094312 --zone B --reference ORDER-1012 --handed-in 2026-03-05T17:30
$PARCELS --db "$DB" add TW3100442565 --zone A --reference ORDER-1013 --handed-in 2026-03-05T09:10
$PARCELS --db "$DB" add HX7700159328 --zone B --reference ORDER-1014 --handed-in 2026-03-06T10:40
$PARCELS --db "$DB" add KC4821094446 --zone A --reference ORDER-1015 --handed-in 2026-03-06T16:40
