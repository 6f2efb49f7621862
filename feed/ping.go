package feed

import "time"

// Ping is what is remembered of a hub that is to be told of a change of an output.
type Ping struct {
	Output   string
	Hub      uint64    // Fingerprint of the hub's address, which may hold secrets
	Digest   [32]byte  // of the content to tell of; see Publication
	Since    time.Time // when that was made; kept to the microsecond
	Next     time.Time // not to be told before; zero: at once
	Failures int       // attempts in a row that failed
}
