print("callsign")
