package websub

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // one of those that hubs may sign by
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"sluice/feed"
	"sluice/feed/fuzztest"
)

// FuzzAHubIsBelievedForWhatWasAsked gives what anybody may send to a callback: whatever it
// is, no lease is longer than is granted, nothing but an answer to our own request changes a
// subscription, and what is repeated of it is short and one line.
func FuzzAHubIsBelievedForWhatWasAsked(f *testing.F) {
	const topic = "https://a.example/feed"
	for _, q := range []string{
		"hub.mode=subscribe&hub.topic=" + topic + "&hub.challenge=x&hub.lease_seconds=60", "hub.mode=denied&hub.reason=%0a%1b[2J&hub.topic=" + topic,
		"hub.mode=unsubscribe&hub.topic=" + topic + "&hub.challenge=%00", "hub.mode=subscribe&hub.challenge=y&hub.lease_seconds=99999999999999999999",
		"hub.lease_seconds=-1;hub.mode=subscribe", "hub.topic=" + topic + "&hub.mode=subscribe&hub.challenge=" + strings.Repeat("é", 600),
	} {
		f.Add(q, 0.5)
	}
	now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, query string, chance float64) {
		defer fuzztest.Within(t, len(query), fuzztest.Cost{Bytes: 1 << 20, Each: 1 << 10})()
		q, _ := url.ParseQuery(query) // what is wrong with it is left out, as net/http does
		v, ok := readVerification(q)
		if v.lease < minLease || v.lease > maxLease {
			t.Errorf("a lease of %v", v.lease)
		}
		if !ok {
			return
		}
		if v.mode != "denied" && (len(v.challenge) > maxChallenge || strings.ContainsFunc(v.challenge, func(r rune) bool { return !unicode.IsPrint(r) })) {
			t.Errorf("challenge %q is repeated", v.challenge)
		}
		for _, state := range []feed.SubscriptionState{
			feed.SubscriptionPending, feed.SubscriptionActive, feed.SubscriptionLeaving, feed.SubscriptionFailed, feed.SubscriptionEnded,
		} {
			was := feed.Subscription{ID: "1", Topic: topic, State: state, Since: now.Add(-time.Minute), Secret: "s"}
			next, meant := answered(was, v, now, chance)
			if !meant && next != was || meant && v.topic != topic {
				t.Errorf("%+v became %+v for %q", was, next, query)
			}
			if next.Expires.After(now.Add(maxLease)) || next.Renew.After(now.Add(maxLease)) || !next.Expires.IsZero() && next.Renew.After(next.Expires) {
				t.Errorf("renewed at %v, ends at %v", next.Renew, next.Expires)
			}
			if n := utf8.RuneCountInString(next.Reason); n > 300 || strings.ContainsFunc(next.Reason, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("reason %q", next.Reason)
			}
			if next.ID != was.ID || next.Topic != was.Topic || next.Secret != was.Secret {
				t.Errorf("%+v became %+v", was, next)
			}
		}
	})
}

// FuzzOnlyWhoKnowsTheSecretSigns gives headers and bodies that anybody may send. A
// signature is the one that RFC 2104 has for that body and secret, and no other.
func FuzzOnlyWhoKnowsTheSecretSigns(f *testing.F) {
	const secret = "between us"
	hashes := map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}
	sign := func(method string, body []byte) string {
		mac := hmac.New(hashes[method], []byte(secret))
		_, _ = mac.Write(body) // a hash never fails
		return method + "=" + hex.EncodeToString(mac.Sum(nil))
	}
	for method := range hashes {
		f.Add(sign(method, []byte("<rss/>")), []byte("<rss/>"))
		f.Add(strings.ToUpper(sign(method, nil)), []byte{})
		f.Add(method+"=", []byte("x"))
	}
	f.Add("md5=00", []byte("x"))
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		defer fuzztest.Within(t, len(header)+len(body), fuzztest.Cost{Bytes: 1 << 20, Each: 1 << 10})()
		right := false
		for method := range hashes {
			right = right || strings.ToLower(strings.TrimSpace(header)) == sign(method, body)
			if !signed(secret, sign(method, body), body) {
				t.Errorf("%s is no signature of %q", sign(method, body), body)
			}
		}
		if got := signed(secret, header, body); got != right {
			t.Errorf("%q signs %q: %v, want %v", header, body, got, right)
		}
	})
}
