package feed

import "time"

// History is what is remembered of the entries that an output ever had, so that its
// subscribers can find all of them (RFC 5005). Each is known by the number of its first
// article, and is in one archive, which keeps its members and its number for ever, or
// waits for the next. A value is not changed after it was given away.
type History struct {
	Seen   uint64    // articles up to this number have been considered
	Rules  [32]byte  // digest of what decided about them
	At     time.Time // when all of them were last considered
	Closed int       // the archives are 1 to Closed, oldest first
	Open   []uint64  // the entries that are in none of them, ascending
	// Closing are the members, ascending, of the last archives of those, which this
	// history was the first to have. It is kept as what Closed speaks of.
	Closing [][]uint64
}
