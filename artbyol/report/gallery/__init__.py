"""A folder of pages that shows a collection in any browser."""
