package web

import (
	"net/http"
	"net/netip"
	"testing"

	"sluice/feed/fuzztest"
)

func TestTheClientIsTheLastAddressThatIsNoTrustedProxy(t *testing.T) {
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"), netip.MustParsePrefix("127.0.0.1/32")}
	tests := map[string]struct {
		peer      string
		forwarded []string // lines of X-Forwarded-For
		newer     []string // lines of Forwarded
		want      string   // empty: not known
	}{
		"no proxy":                                  {"192.0.2.1:80", nil, nil, "192.0.2.1"},
		"a stranger who names another":              {"192.0.2.1:80", []string{"198.51.100.7"}, nil, "192.0.2.1"},
		"a stranger who names another anew":         {"192.0.2.1:80", nil, []string{"for=198.51.100.7"}, "192.0.2.1"},
		"a proxy":                                   {"10.1.2.3:80", []string{"198.51.100.7"}, nil, "198.51.100.7"},
		"a proxy that says nothing":                 {"10.1.2.3:80", nil, nil, "10.1.2.3"},
		"a proxy by IPv6":                           {"[2001:db8:1::5]:80", []string{"198.51.100.7"}, nil, "198.51.100.7"},
		"a proxy by IPv4 within IPv6":               {"[::ffff:10.1.2.3]:80", []string{"::ffff:198.51.100.7"}, nil, "198.51.100.7"},
		"a client that made up others":              {"10.1.2.3:80", []string{"203.0.113.9, 198.51.100.7"}, nil, "198.51.100.7"},
		"a client that made up a proxy":             {"10.1.2.3:80", []string{"10.9.9.9, 198.51.100.7"}, nil, "198.51.100.7"},
		"two proxies":                               {"10.1.2.3:80", []string{"203.0.113.9, 198.51.100.7 ,10.4.4.4"}, nil, "198.51.100.7"},
		"two proxies, two lines":                    {"10.1.2.3:80", []string{"203.0.113.9, 198.51.100.7", "10.4.4.4"}, nil, "198.51.100.7"},
		"a client in the proxies' network":          {"10.1.2.3:80", []string{"10.5.5.5, 10.4.4.4"}, nil, "10.5.5.5"},
		"empty members":                             {"10.1.2.3:80", []string{"198.51.100.7,, ", ""}, nil, "198.51.100.7"},
		"with a port":                               {"10.1.2.3:80", []string{"198.51.100.7:4711"}, nil, "198.51.100.7"},
		"IPv6 in brackets with a port":              {"10.1.2.3:80", []string{"[2001:db8::7]:4711"}, nil, "2001:db8::7"},
		"IPv6 in brackets":                          {"10.1.2.3:80", []string{"[2001:db8::7]"}, nil, "2001:db8::7"},
		"IPv6 with a zone":                          {"10.1.2.3:80", []string{"fe80::7%eth0"}, nil, "fe80::7"},
		"what is no address ends the way":           {"10.1.2.3:80", []string{"198.51.100.7, unknown"}, nil, "10.1.2.3"},
		"what is no address before a proxy":         {"10.1.2.3:80", []string{"198.51.100.7, localhost, 10.4.4.4"}, nil, "10.4.4.4"},
		"RFC 7239":                                  {"10.1.2.3:80", nil, []string{`for=198.51.100.7;proto=https;by=10.1.2.3`}, "198.51.100.7"},
		"RFC 7239, another order, another case":     {"10.1.2.3:80", nil, []string{`proto=https; For="198.51.100.7:4711"`}, "198.51.100.7"},
		"RFC 7239, IPv6":                            {"10.1.2.3:80", nil, []string{`for="[2001:db8::7]:4711"`}, "2001:db8::7"},
		"RFC 7239, several":                         {"10.1.2.3:80", nil, []string{`for=203.0.113.9, for=198.51.100.7`, `for=10.4.4.4`}, "198.51.100.7"},
		"RFC 7239, hidden":                          {"10.1.2.3:80", nil, []string{`for=203.0.113.9, for=_secret`}, "10.1.2.3"},
		"RFC 7239, nobody named":                    {"10.1.2.3:80", nil, []string{`for=203.0.113.9, proto=https`}, "10.1.2.3"},
		"both headers alike":                        {"10.1.2.3:80", []string{"198.51.100.7"}, []string{"for=198.51.100.7"}, "198.51.100.7"},
		"both headers, one of them may be made up":  {"10.1.2.3:80", []string{"198.51.100.7"}, []string{"for=203.0.113.9"}, "10.1.2.3"},
		"a unix socket":                             {"@", []string{"198.51.100.7"}, nil, "198.51.100.7"},
		"a unix socket whose proxy says nothing":    {"", nil, nil, "127.0.0.1"},
		"a list that is long is read from its back": {"10.1.2.3:80", []string{"x" + string(make([]byte, 4000)) + ",198.51.100.7"}, nil, "198.51.100.7"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{}}
			if tt.forwarded != nil {
				r.Header["X-Forwarded-For"] = tt.forwarded
			}
			if tt.newer != nil {
				r.Header["Forwarded"] = tt.newer
			}
			if got := trusted.client((&exchange{}).peer(r), r.Header); got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	r := &http.Request{RemoteAddr: "@", Header: http.Header{"X-Forwarded-For": {"198.51.100.7"}}}
	if got := (proxies{}).client((&exchange{}).peer(r), r.Header); got.IsValid() {
		t.Errorf("a unix socket without a trusted proxy: got %s", got)
	}
}

// FuzzNobodyButATrustedProxyChoosesTheAddress has a stranger send any headers.
func FuzzNobodyButATrustedProxyChoosesTheAddress(f *testing.F) {
	f.Add("198.51.100.7, 10.0.0.1", `for="[2001:db8::1]:1";by=x, for=_y`)
	f.Add(",,", "for=;for=")
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, older, newer string) {
		defer fuzztest.Within(t, len(older)+len(newer), fuzztest.Cost{Bytes: 4 << 20, Each: 4 << 10})()
		direct := &http.Request{RemoteAddr: "192.0.2.1:80", Header: http.Header{"X-Forwarded-For": {older}, "Forwarded": {newer}}}
		if got := trusted.client((&exchange{}).peer(direct), direct.Header); got.String() != "192.0.2.1" {
			t.Errorf("a stranger became %s", got)
		}
		behind := &http.Request{RemoteAddr: "10.0.0.9:80", Header: http.Header{"X-Forwarded-For": {older, "192.0.2.1"}}}
		if got := trusted.client((&exchange{}).peer(behind), behind.Header); got.String() != "192.0.2.1" {
			t.Errorf("a stranger behind a proxy became %s", got)
		}
	})
}
