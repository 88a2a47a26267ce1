"""Files for eyes and programs: sheets, pages, the gallery, exports."""
