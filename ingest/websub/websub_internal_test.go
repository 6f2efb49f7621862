package websub

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what hubs may sign by
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func TestDiscovery(t *testing.T) {
	base, err := url.Parse("https://a.example/dir/feed")
	if err != nil {
		t.Fatal(err)
	}
	const hub, self = "https://hub.example/", "https://a.example/self"
	for name, tc := range map[string]struct {
		links []string
		hubs  []string
		self  string
		want  []string
		topic string
	}{
		"websub.rocks 100: HTTP headers":            {[]string{`<https://hub.example/>; rel="hub"`, `<https://a.example/self>; rel=self`}, nil, "", []string{hub}, self},
		"one header with both":                      {[]string{`<https://hub.example/>; title="a, b; c"; rel="hub", <../self>; rel="self"`}, nil, "", []string{hub}, self},
		"several relations in one":                  {[]string{`<https://hub.example/>; rel="x HUB"`, `</self>;rel="self alternate"`}, nil, "", []string{hub}, self},
		"several hubs":                              {[]string{`<https://hub.example/>; rel=hub, <https://b.example/>; rel=hub, </self>; rel=self`}, nil, "", []string{hub, "https://b.example/"}, self},
		"websub.rocks 102 and 103: the document":    {nil, []string{hub}, self, []string{hub}, self},
		"websub.rocks 104: headers before document": {[]string{`<https://hub.example/>; rel=hub, </self>; rel=self`}, []string{"https://other.example/"}, "https://a.example/other", []string{hub}, self},
		"headers without self do not mix":           {[]string{`<https://b.example/>; rel=hub`}, []string{hub}, self, []string{hub}, self},
		"two selves are none":                       {[]string{`<https://hub.example/>; rel=hub, </self>; rel=self, </b>; rel=self`}, nil, "", nil, ""},
		"no hub":                                    {[]string{`</self>; rel=self`}, nil, self, nil, ""},
		"a hub that is no web address":              {nil, []string{"javascript:x"}, self, nil, ""},
		"broken headers":                            {[]string{`<https://hub.example/`, `rel=hub`, `<x>; rel="hub`, `<`, `<>;=;,`}, nil, "", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, topic := Discover(base, tc.links, tc.hubs, tc.self)
			if !slices.Equal(got, tc.want) || topic != tc.topic {
				t.Errorf("got %q, %q", got, topic)
			}
		})
	}
}

func TestWebsubRocks201And202TheAddressAtTheEndOfRedirectsIsTheBase(t *testing.T) {
	end, err := url.Parse("https://b.example/dir/feed")
	if err != nil {
		t.Fatal(err)
	}
	hubs, topic := Discover(end, []string{`<hub>; rel=hub`, `<self>; rel=self`}, nil, "")
	if !slices.Equal(hubs, []string{"https://b.example/dir/hub"}) || topic != "https://b.example/dir/self" {
		t.Errorf("got %q, %q", hubs, topic)
	}
}

func TestAVerificationIsBelievedOnlyWhereItWasAskedFor(t *testing.T) {
	const topic = "https://a.example/self"
	query := func(mode string, more ...string) url.Values {
		q := url.Values{"hub.mode": {mode}, "hub.topic": {topic}, "hub.challenge": {"abc"}, "hub.lease_seconds": {"1000"}}
		for i := 0; i < len(more); i += 2 {
			q.Set(more[i], more[i+1])
		}
		return q
	}
	for name, tc := range map[string]struct {
		state feed.SubscriptionState
		query url.Values
		want  feed.SubscriptionState // empty: refused
	}{
		"what was asked for":                        {feed.SubscriptionPending, query("subscribe"), feed.SubscriptionActive},
		"websub.rocks 205: another topic":           {feed.SubscriptionPending, query("subscribe", "hub.topic", "https://a.example/x"), ""},
		"an end that nobody asked for":              {feed.SubscriptionActive, query("unsubscribe"), ""},
		"an end that was asked for":                 {feed.SubscriptionLeaving, query("unsubscribe"), feed.SubscriptionEnded},
		"a subscription given up":                   {feed.SubscriptionLeaving, query("subscribe"), ""},
		"a subscription verified long ago":          {feed.SubscriptionActive, query("subscribe"), ""},
		"a denial":                                  {feed.SubscriptionPending, query("denied", "hub.challenge", "", "hub.reason", "no\nwords"), feed.SubscriptionFailed},
		"a challenge that is missing":               {feed.SubscriptionPending, query("subscribe", "hub.challenge", ""), ""},
		"a challenge that is too long":              {feed.SubscriptionPending, query("subscribe", "hub.challenge", strings.Repeat("x", maxChallenge+1)), ""},
		"a challenge of bytes that are no text":     {feed.SubscriptionPending, query("subscribe", "hub.challenge", "a\x00b"), ""},
		"a challenge that is no UTF-8":              {feed.SubscriptionPending, query("subscribe", "hub.challenge", "a\xff"), ""},
		"a mode that does not exist":                {feed.SubscriptionPending, query("publish"), ""},
		"one that has ended":                        {feed.SubscriptionEnded, query("subscribe"), ""},
		"one that was refused, as the hub said 5xx": {feed.SubscriptionFailed, query("subscribe"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, ok := readVerification(tc.query)
			s := feed.Subscription{ID: "i", Topic: topic, State: tc.state, Since: now.Add(-time.Hour)}
			got := s
			if ok {
				got, ok = answered(s, v, now, 0.5)
			}
			if ok != (tc.want != "") || ok && got.State != tc.want || !ok && got != s {
				t.Fatalf("got %v, %+v", ok, got)
			}
			if tc.want == feed.SubscriptionActive && (got.Expires != now.Add(1000*time.Second) || got.Renew != now.Add(850*time.Second)) {
				t.Errorf("lease until %v, renewed at %v", got.Expires, got.Renew)
			}
			if tc.query.Get("hub.reason") != "" && got.Reason != "the hub denied it: no words" {
				t.Errorf("reason %q", got.Reason)
			}
		})
	}
}

func TestWebsubRocks301And302SignaturesAreChecked(t *testing.T) {
	body, secret := []byte("news"), "s3cret"
	sum := func(f func() hash.Hash, secret string) string {
		m := hmac.New(f, []byte(secret))
		m.Write(body)
		return hex.EncodeToString(m.Sum(nil))
	}
	for header, want := range map[string]bool{
		"sha1=" + sum(sha1.New, secret):                      true,
		"sha256=" + sum(sha256.New, secret):                  true,
		"SHA256=" + strings.ToUpper(sum(sha256.New, secret)): true,
		"sha384=" + sum(sha512.New384, secret):               true,
		"sha512=" + sum(sha512.New, secret):                  true,
		"sha256=" + sum(sha256.New, "other"):                 false,
		"sha1=" + sum(sha256.New, secret):                    false,
		"sha256=":                                            false,
		"sha256=" + sum(sha256.New, secret)[:62]:             false,
		"md5=" + sum(sha256.New, secret):                     false,
		"":                                                   false,
		"sha256=zz":                                          false,
	} {
		if signed(secret, header, body) != want {
			t.Errorf("%q: want %v", header, want)
		}
	}
}

func TestAPlanKeepsOneSubscriptionThatLasts(t *testing.T) {
	const h, topic = "https://hub.example/", "https://a.example/self"
	wants := map[feed.SourceID]Want{"a": {Hubs: []string{h, "https://second.example/"}, Topic: topic}}
	sub := func(id string, state feed.SubscriptionState, since, expires, renew time.Duration) feed.Subscription {
		return feed.Subscription{ID: id, Source: "a", Hub: h, Topic: topic, State: state, Since: now.Add(since), Expires: now.Add(expires), Renew: now.Add(renew)}
	}
	failed := sub("f", feed.SubscriptionFailed, -time.Hour, 0, 0)
	failed.Failures = 1
	moved := sub("m", feed.SubscriptionActive, -time.Hour, time.Hour, time.Minute)
	moved.Topic = "https://a.example/old"
	at := func(base string, s feed.Subscription) feed.Subscription {
		s.Base = base
		return s
	}
	verified := sub("v", feed.SubscriptionActive, -time.Hour, time.Hour, time.Minute)
	for name, tc := range map[string]struct {
		wants map[feed.SourceID]Want
		subs  []feed.Subscription
		want  string // changed | left | asked at | forgotten
	}{
		"nothing yet":                     {wants, nil, "||" + h + "|"},
		"asked for":                       {wants, []feed.Subscription{sub("p", feed.SubscriptionPending, -time.Minute, 0, 0)}, "|||"},
		"never verified":                  {wants, []feed.Subscription{sub("p", feed.SubscriptionPending, -time.Hour, 0, 0)}, "p failed|||"},
		"refused a while ago":             {wants, []feed.Subscription{failed}, "f ended||https://second.example/|"},
		"refused just now":                {wants, []feed.Subscription{sub("f", feed.SubscriptionFailed, 0, 0, time.Hour)}, "|||"},
		"verified":                        {wants, []feed.Subscription{sub("v", feed.SubscriptionActive, -time.Hour, time.Hour, time.Minute)}, "|||"},
		"to be renewed":                   {wants, []feed.Subscription{sub("v", feed.SubscriptionActive, -time.Hour, time.Hour, 0)}, "||" + h + "|"},
		"renewed":                         {wants, []feed.Subscription{sub("o", feed.SubscriptionActive, -time.Hour, time.Hour, 0), sub("n", feed.SubscriptionActive, 0, 2*time.Hour, time.Hour)}, "|o||"},
		"the lease is over":               {wants, []feed.Subscription{sub("v", feed.SubscriptionActive, -time.Hour, 0, 0)}, "v ended||" + h + "|"},
		"wanted no more":                  {nil, []feed.Subscription{sub("v", feed.SubscriptionActive, 0, time.Hour, time.Hour), sub("p", feed.SubscriptionPending, 0, 0, 0)}, "p ended|v||"},
		"the feed has another topic now":  {wants, []feed.Subscription{moved}, "|m|" + h + "|"},
		"callbacks are where they were":   {wants, []feed.Subscription{at("https://out.example/", verified)}, "|||"},
		"callbacks are elsewhere now":     {wants, []feed.Subscription{at("https://old.example/", verified)}, "|v|" + h + "|"},
		"refused for its callback":        {wants, []feed.Subscription{at("https://old.example/", sub("f", feed.SubscriptionFailed, 0, 0, time.Hour))}, "f ended||" + h + "|"},
		"the hub does not confirm an end": {nil, []feed.Subscription{sub("l", feed.SubscriptionLeaving, -time.Hour, 0, 0)}, "l ended|||"},
		"ended long ago":                  {nil, []feed.Subscription{sub("e", feed.SubscriptionEnded, -remembered, 0, 0)}, "|||e"},
		"ended not so long ago":           {nil, []feed.Subscription{sub("e", feed.SubscriptionEnded, -time.Hour, 0, 0)}, "|||"},
	} {
		t.Run(name, func(t *testing.T) {
			st := plan(now, "https://out.example/", tc.wants, tc.subs)
			var parts [3][]string
			for _, s := range st.changed {
				parts[0] = append(parts[0], s.ID+" "+string(s.State))
			}
			for _, s := range st.leave {
				parts[1] = append(parts[1], s.ID)
			}
			for _, s := range st.ask {
				parts[2] = append(parts[2], s.Hub)
			}
			got := strings.Join(parts[0], " ") + "|" + strings.Join(parts[1], " ") + "|" + strings.Join(parts[2], " ") + "|" + strings.Join(st.forget, " ")
			if got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
