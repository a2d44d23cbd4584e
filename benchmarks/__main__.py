"""`make bench`: all benchmarks."""

from benchmarks.import_orders import main

if __name__ == "__main__":
    main()
