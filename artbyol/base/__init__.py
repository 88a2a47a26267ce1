"""What every room stands on: errors, events, text, intervals, vectors, processes; standard library and numpy only."""
