"""`make bench`: all benchmarks."""

from benchmarks import bookings, dates, import_catalog, import_orders

if __name__ == "__main__":
    import_orders.main()
    import_catalog.main()
    bookings.main()
    dates.main()
