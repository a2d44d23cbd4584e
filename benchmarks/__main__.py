"""`make bench`: all benchmarks."""

from benchmarks import bookings, import_orders

if __name__ == "__main__":
    import_orders.main()
    bookings.main()
