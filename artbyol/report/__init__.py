"""What is made for eyes and other programs: contact sheets, folders of groups, pages, exports."""
