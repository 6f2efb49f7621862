package websub

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // hubs may sign by it (W3C WebSub, section 7.1); HMAC does not need what it lacks
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sluice/feed"
)

const (
	maxChallenge = 1 << 10 // bytes

	// What a hub says of a lease is taken within these bounds.
	minLease = time.Minute
	maxLease = 90 * 24 * time.Hour
	// askLease is what is asked for, and what a hub that says nothing grants.
	askLease = 10 * 24 * time.Hour

	patience   = 10 * time.Minute   // for a hub to verify
	maxBackOff = 7 * 24 * time.Hour // from a hub that fails, and from one that denied
)

// verification is what a request to a callback by GET says (W3C WebSub, sections
// 5.2 and 5.3).
type verification struct {
	mode, topic, challenge, reason string
	lease                          time.Duration
}

// readVerification reads the query of a callback; ok is false for one that is none.
func readVerification(q url.Values) (v verification, ok bool) {
	v = verification{
		mode: q.Get("hub.mode"), topic: q.Get("hub.topic"), challenge: q.Get("hub.challenge"),
		reason: q.Get("hub.reason"), lease: askLease,
	}
	if n, err := strconv.ParseInt(q.Get("hub.lease_seconds"), 10, 64); err == nil && n > 0 {
		v.lease = min(max(time.Duration(min(n, int64(maxLease/time.Second)))*time.Second, minLease), maxLease)
	}
	if v.mode == "denied" {
		return v, v.topic != ""
	}
	return v, v.topic != "" && speakable(v.challenge)
}

// speakable reports whether a challenge may be repeated under our name: a short
// text of characters that mean nothing to a terminal or a browser's sniffing.
func speakable(challenge string) bool {
	return challenge != "" && len(challenge) <= maxChallenge && utf8.ValidString(challenge) &&
		!strings.ContainsFunc(challenge, func(r rune) bool { return !unicode.IsPrint(r) })
}

// answered returns the subscription after a verification, and whether the hub's
// intention is ours. chance is in [0,1).
func answered(s feed.Subscription, v verification, now time.Time, chance float64) (feed.Subscription, bool) {
	if v.topic != s.Topic {
		return s, false
	}
	switch {
	case v.mode == "denied" && (s.State == feed.SubscriptionPending || s.State == feed.SubscriptionActive):
		s.Failures++
		s.Reason = "the hub denied it"
		if said := clip(v.reason); said != "" {
			s.Reason += ": " + said
		}
		s.State, s.Since, s.Renew, s.Expires = feed.SubscriptionFailed, now, now.Add(maxBackOff), time.Time{}
		return s, true
	case v.mode == "subscribe" && (s.State == feed.SubscriptionPending ||
		s.State == feed.SubscriptionActive && now.Sub(s.Since) < patience): // our answer may have been lost
		if s.State == feed.SubscriptionPending {
			s.Since = now
		}
		s.State, s.Failures, s.Reason = feed.SubscriptionActive, 0, ""
		s.Expires, s.Renew = now.Add(v.lease), now.Add(renewal(v.lease, chance))
		return s, true
	case v.mode == "unsubscribe" && s.State == feed.SubscriptionLeaving:
		s.State, s.Since = feed.SubscriptionEnded, now
		return s, true
	}
	return s, false
}

// renewal is how long after its beginning a lease is renewed: between 80 and 90 %
// of it.
func renewal(lease time.Duration, chance float64) time.Duration {
	return time.Duration(float64(lease) * (0.8 + 0.1*min(max(chance, 0), 1)))
}

// backOff is how long a hub is left alone that has failed so many times in a row.
func backOff(failures int) time.Duration {
	return min(time.Hour<<min(max(failures-1, 0), 8), maxBackOff)
}

// clip is what a stranger says, in one line of bounded length.
func clip(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}

// signed reports whether the header X-Hub-Signature is that of the body under the
// secret (W3C WebSub, section 7.1). The comparison takes the same time whatever
// it finds.
func signed(secret, header string, body []byte) bool {
	method, sum, ok := strings.Cut(strings.TrimSpace(header), "=")
	if !ok {
		return false
	}
	var make func() hash.Hash
	switch strings.ToLower(method) {
	case "sha1":
		make = sha1.New
	case "sha256":
		make = sha256.New
	case "sha384":
		make = sha512.New384
	case "sha512":
		make = sha512.New
	default:
		return false
	}
	got, err := hex.DecodeString(sum)
	if err != nil {
		return false
	}
	mac := hmac.New(make, []byte(secret))
	_, _ = mac.Write(body) // a hash never fails
	return hmac.Equal(got, mac.Sum(nil))
}
