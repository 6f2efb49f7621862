package publish

import (
	"time"

	"sluice/feed"
)

// How long it is tried to tell a hub, from one attempt to the next.
const (
	firstRetry   = time.Minute
	longestWait  = time.Hour
	pingPatience = 24 * time.Hour
)

// News reports whether an output has published something that its hubs are to be told
// of: other content than before. That a new one has no entries is none.
func News(before, after feed.Publication, entries int) bool {
	never := before.Digest == [len(before.Digest)]byte{}
	return after.Digest != before.Digest && (entries > 0 || !never)
}

// Owe returns what a hub is owed now that an output has new content. owed is what it was
// owed before; the zero value: nothing. A hub in trouble is not asked sooner because
// there is more to tell, but longer.
func Owe(owed feed.Ping, digest [32]byte, now time.Time) feed.Ping {
	owed.Digest, owed.Since = digest, now.UTC().Truncate(time.Microsecond)
	return owed
}

// Refusal is why a hub was not told.
type Refusal struct {
	Status   int           // of its answer; 0: there was none
	Wait     time.Duration // for which it asked not to be asked; 0: it did not say
	Hopeless bool          // it will be the same again, for another reason than Status
}

// Retry returns when a hub that was not told is to be told again: a minute later, then
// two, up to an hour, and not before the time that it asked for. again is false where it
// is to be given up: it will not take it (RFC 9110, section 15.5), or a day has passed
// since there was something to tell, or would have until then.
func Retry(p feed.Ping, r Refusal, now time.Time) (next feed.Ping, again bool) {
	if r.Hopeless || final(r.Status) {
		return p, false
	}
	wait := longestWait
	if p.Failures < 6 { // 1, 2, 4 … 32 minutes
		wait = min(firstRetry<<p.Failures, longestWait)
	}
	p.Failures++
	p.Next = now.Add(max(wait, r.Wait)).UTC().Truncate(time.Microsecond)
	return p, !p.Next.After(p.Since.Add(pingPatience))
}

// Due returns when a hub is to be told. No time that Retry gave is more than a day ahead:
// one that is says that the clock was set back, and is now.
func Due(p feed.Ping, now time.Time) time.Time {
	if p.Next.After(now.Add(pingPatience)) {
		return now
	}
	return p.Next
}

// final reports whether a status says that the same request is not to come again.
func final(status int) bool {
	const timeout, tooEarly, tooMany = 408, 425, 429
	return status/100 == 4 && status != timeout && status != tooEarly && status != tooMany || status/100 == 3
}
