"""What every service needs and none owns. Knows no region, practice or score."""
