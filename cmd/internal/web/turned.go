package web

import "bytes"

// Turned is why somebody was turned away before, or instead of, an answer.
type Turned string

// The reasons.
const (
	TurnedIdle    Turned = "idle"    // the connection waited for a request, or its rest, and its place was wanted
	TurnedStalled Turned = "stalled" // the same, but its answer got nowhere
	TurnedStream  Turned = "stream"  // an HTTP/2 connection asked for more answers than there are, and has one: 503
	// A request whose header is too long: 431. What is told within TLS or by HTTP/2 is not seen.
	TurnedOversized Turned = "oversized"
)

// TurnedAway lists the reasons.
func TurnedAway() []string {
	return []string{string(TurnedIdle), string(TurnedStalled), string(TurnedStream), string(TurnedOversized)}
}

// tooLong begins the answer that net/http gives by itself to a header beyond its limit.
var tooLong = []byte("HTTP/1.1 431 ")

func refusesHeader(p []byte) bool { return bytes.HasPrefix(p, tooLong) }
