package canonical_test

import (
	"strings"
	"testing"

	"sluice/feed/canonical"
	"sluice/feed/fuzztest"
)

func TestURLJoinsWhatIsOnePage(t *testing.T) {
	for name, pair := range map[string][2]string{
		"the scheme":                         {"http://a.example/1", "https://a.example/1"},
		"the case of scheme and host":        {"HTTPS://A.Example/1", "https://a.example/1"},
		"www":                                {"https://www.a.example/1", "https://a.example/1"},
		"default ports":                      {"https://a.example:443/1", "http://a.example:80/1"},
		"a root dot":                         {"https://a.example./1", "https://a.example/1"},
		"user information":                   {"https://me:secret@a.example/1", "https://a.example/1"},
		"international names":                {"https://zürich.example/1", "https://xn--zrich-kva.example/1"},
		"blanks around":                      {" https://a.example/1\n", "https://a.example/1"},
		"a trailing slash":                   {"https://a.example/1/", "https://a.example/1"},
		"doubled slashes":                    {"https://a.example//x//1", "https://a.example/x/1"},
		"dot segments":                       {"https://a.example/x/../y/./1", "https://a.example/y/1"},
		"an index page":                      {"https://a.example/1/index.html", "https://a.example/1"},
		"escapes of unreserved characters":   {"https://a.example/%7ex", "https://a.example/~x"},
		"the case of escapes":                {"https://a.example/%c3%bc", "https://a.example/%C3%BC"},
		"raw characters beyond ASCII":        {"https://a.example/ü", "https://a.example/%C3%BC"},
		"a stray per cent sign":              {"https://a.example/100%", "https://a.example/100%25"},
		"an ordinary fragment":               {"https://a.example/1#0", "https://a.example/1#comments"},
		"a session id in the path":           {"https://a.example/v;jsessionid=9F?id=5", "https://a.example/v?id=5"},
		"the order of parameters":            {"https://a.example/?b=2&a=1", "https://a.example/?a=1&b=2"},
		"blanks in parameters":               {"https://a.example/?q=a+b", "https://a.example/?q=a%20b"},
		"campaign parameters in any case":    {"https://a.example/1?UTM_Source=x&utm_medium=y", "https://a.example/1"},
		"a referrer that is a feed":          {"https://a.example/1?ref=rss&source=rss-77", "https://a.example/1"},
		"a long session parameter":           {"https://a.example/t?t=1&sid=0123456789abcdef", "https://a.example/t?t=1"},
		"mobile hosts":                       {"https://m.a.example/1", "https://a.example/1"},
		"mobile hosts below a public suffix": {"https://mobile.a.co.uk/1", "https://a.co.uk/1"},
		"AMP hosts and paths":                {"https://amp.a.example/1/amp/", "https://a.example/1"},
		"AMP documents":                      {"https://a.example/1.amp.html", "https://a.example/1.html"},
		"an AMP cache":                       {"https://a-example.cdn.ampproject.org/v/s/a.example/1?amp=1", "https://a.example/1"},
		"Google's viewer":                    {"https://www.google.de/amp/s/a.example/1", "https://a.example/1"},
		"Google's redirector":                {"https://www.google.co.uk/url?sa=t&url=https%3A%2F%2Fa.example%2F1%3Fid%3D2", "https://a.example/1?id=2"},
		"wrappers in wrappers":               {"https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttp%3A%2F%2Fa.example%2F1", "http://a.example/1"},
		"a site's own parameters":            {"https://www.youtube.com/watch?v=1&feature=share", "https://m.youtube.com/watch?v=1"},
	} {
		t.Run(name, func(t *testing.T) {
			one, ok1 := canonical.URL(pair[0])
			two, ok2 := canonical.URL(pair[1])
			if !ok1 || !ok2 || one != two {
				t.Errorf("%q is %q (%v), %q is %q (%v); want one key", pair[0], one, ok1, pair[1], two, ok2)
			}
		})
	}
}

func TestURLKeepsPagesApart(t *testing.T) {
	for name, pair := range map[string][2]string{
		"the case of the path":              {"https://a.example/A", "https://a.example/a"},
		"other ports":                       {"https://a.example:8443/1", "https://a.example/1"},
		"other hosts":                       {"https://a.a.example/1", "https://b.a.example/1"},
		"other hosts of a public suffix":    {"https://a.github.io/1", "https://b.github.io/1"},
		"languages in the host":             {"https://en.wikipedia.org/wiki/1", "https://de.wikipedia.org/wiki/1"},
		"escaped separators":                {"https://a.example/x%2Fy", "https://a.example/x/y"},
		"ids in the query":                  {"https://a.example/?p=1", "https://a.example/?p=2"},
		"repeated parameters":               {"https://a.example/?x=1&x=2", "https://a.example/?x=1"},
		"a referrer that is a version":      {"https://a.example/f?ref=v1", "https://a.example/f?ref=v2"},
		"a short sid":                       {"https://a.example/f?sid=12", "https://a.example/f?sid=13"},
		"fragments that are the address":    {"https://a.example/#!t/1", "https://a.example/#!t/2"},
		"fragments that are paths":          {"https://a.example/#/t/1", "https://a.example/#/t/2"},
		"a label that only looks mobile":    {"https://m.b.a.example/1", "https://b.a.example/1"},
		"a parameter of another site":       {"https://a.example/?mod=1", "https://a.example/?mod=2"},
		"shortened addresses":               {"https://t.co/a", "https://t.co/b"},
		"a redirector without a target":     {"https://www.google.com/url?x=1", "https://www.google.com/url?x=2"},
		"a host that only begins like that": {"https://google.evil.co.example/url?q=https://a.example/1", "https://a.example/1"},
	} {
		t.Run(name, func(t *testing.T) {
			one, ok1 := canonical.URL(pair[0])
			two, ok2 := canonical.URL(pair[1])
			if !ok1 || !ok2 || one == two {
				t.Errorf("%q is %q (%v), %q is %q (%v); want two keys", pair[0], one, ok1, pair[1], two, ok2)
			}
		})
	}
}

func TestURLGivesNoKeyToWhatNamesNoArticle(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":                         "",
		"a front page":                    "https://a.example",
		"a front page with a slash":       "https://www.a.example/",
		"a front page with a campaign":    "https://a.example/?utm_source=rss",
		"a front page with a fragment":    "https://a.example/#news",
		"an index page":                   "https://a.example/index.html",
		"an AMP index page":               "https://a.example/index.amp.html",
		"a path without a host":           "/1",
		"another scheme":                  "mailto:a@a.example",
		"a script":                        "javascript://a.example/%0aalert(1)",
		"no host":                         "https:///1",
		"a host with a blank":             "https://a b.example/1",
		"a host with empty labels":        "https://a..example/1",
		"a port that is none":             "https://a.example:x/1",
		"a redirector to itself for ever": "https://www.google.com/url?q=" + strings.Repeat("https%3A//google.com/url?q=", 9),
	} {
		t.Run(name, func(t *testing.T) {
			if key, ok := canonical.URL(raw); ok {
				t.Errorf("URL(%q) = %q; want none", raw, key)
			}
		})
	}
}

func TestPublisherIsTheRegistrableDomain(t *testing.T) {
	for raw, want := range map[string]string{
		"https://feeds.bbc.co.uk/news":   "bbc.co.uk",
		"https://www.a.example/1":        "a.example",
		"http://one.github.io/feed":      "one.github.io",
		"http://192.0.2.7:8080/feed":     "192.0.2.7",
		"http://[2001:db8::7]:8080/feed": "[2001:db8::7]",
		"http://localhost/feed":          "localhost",
		"file:feed.xml":                  "",
	} {
		if got := canonical.Publisher(raw); got != want {
			t.Errorf("Publisher(%q) = %q; want %q", raw, got, want)
		}
	}
}

func FuzzURL(f *testing.F) {
	f.Add("https://www.a.example:443/x/../1.amp.html?b=1&a=2&utm_x=1#!z")
	f.Add("https://a.example/index.amp.html/amp/;jsessionid=1")
	f.Add("http://[::1]:0080/%zz%41")
	f.Fuzz(func(t *testing.T, raw string) {
		defer fuzztest.Within(t, len(raw), fuzztest.Cost{Bytes: 1 << 20, Each: 1 << 10})()
		key, ok := canonical.URL(raw)
		if !ok {
			return
		}
		again, ok := canonical.URL("https://" + key)
		if !ok || again != key {
			t.Errorf("%q gives %q, and that gives %q (%v)", raw, key, again, ok)
		}
	})
}

func BenchmarkURL(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		canonical.URL("https://www.example.com/2026/11/24/a-longer-slug-of-an-article/?utm_source=rss&id=7")
	}
}
