"""What people wrote about works: tables, sidecars, and what lies inside the files."""
