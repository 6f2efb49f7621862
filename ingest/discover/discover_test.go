package discover_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sluice/feed/fuzztest"
	"sluice/ingest/discover"
	"sluice/ingest/fetch"

	"github.com/google/go-cmp/cmp"
)

// site answers by address, in fake time.
type site struct {
	pages  map[string]string // by address; 301 and an address: a redirect
	links  []string          // Link headers of all pages
	asked  []string
	starts []time.Time
}

// Fetch implements discover.Fetcher.
func (s *site) Fetch(_ context.Context, t fetch.Target) (fetch.Answer, error) {
	s.asked = append(s.asked, t.URL)
	s.starts = append(s.starts, time.Now())
	u, err := url.Parse(t.URL)
	if err != nil {
		return fetch.Answer{}, err
	}
	body, ok := s.pages[t.URL]
	if body == "busy" {
		return fetch.Answer{Status: 429}, &fetch.StatusError{Code: http.StatusTooManyRequests}
	}
	if to, moved := strings.CutPrefix(body, "301 "); moved {
		if u, err = url.Parse(to); err != nil {
			return fetch.Answer{}, err
		}
		body, ok = s.pages[to]
	}
	if u.Scheme == "https" && u.Host == "plain.example" {
		return fetch.Answer{}, fmt.Errorf("fetch %s: connection refused", u.Host)
	}
	if !ok {
		return fetch.Answer{Status: 404}, &fetch.StatusError{Code: http.StatusNotFound}
	}
	return fetch.Answer{Status: 200, Body: []byte(body), Final: u, ContentType: "text/html", Links: s.links}, nil
}

// rss is a feed with an item of a day in March.
func rss(title string) string {
	return `<rss version="2.0"><channel><title>` + title + `</title><link>https://a.example/</link><description/>` +
		`<item><title>x</title><guid>https://a.example/1</guid><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item></channel></rss>`
}

// selfed is such a feed that says where it is.
func selfed(title, self string) string {
	link := `<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="` + self + `"/>`
	return strings.Replace(rss(title), "<description/>", "<description/>"+link, 1)
}

// in is a page with this in its head.
func in(head string) string { return `<!doctype html><html><head>` + head + `</head><body>` }

func TestFeedsAreFoundWhereverASiteNamesThem(t *testing.T) {
	const home = "https://a.example/"
	for name, tc := range map[string]struct {
		pages   map[string]string
		links   []string
		address string
		want    []string // titles
		asked   int
	}{
		"a feed itself": {map[string]string{home: rss("A")}, nil, home, []string{"A"}, 1},
		"in the head": {
			map[string]string{home: in(`<link rel="alternate" type="application/rss+xml" href="/f">`), home + "f": rss("A")}, nil, home, []string{"A"}, 2,
		},
		"by several words": {
			map[string]string{home: in(`<LINK REL="alternate home" TYPE="application/atom+xml; charset=utf-8" HREF="f">`), home + "f": rss("A")}, nil, home, []string{"A"}, 2,
		},
		"on another base": {
			map[string]string{home: in(`<base href="/b/"><base href="/c/"><link rel=feed href=f>`), home + "b/f": rss("A")}, nil, home, []string{"A"}, 2,
		},
		"by feed:": {
			map[string]string{home: in(`<link rel="alternate" type="application/rss+xml" href="feed:https://a.example/f">`), home + "f": rss("A")}, nil, home, []string{"A"}, 2,
		},
		"in the header": {
			map[string]string{home: in(""), home + "f": rss("A")},
			[]string{`</x>; rel="next", <f>; type="application/rss+xml"; rel="alternate"`},
			home,
			[]string{"A"},
			2,
		},
		"comments last": {
			map[string]string{
				home:                   in(`<link rel=alternate type=application/rss+xml href=/comments/feed><link rel=alternate type=application/rss+xml href=/f>`),
				home + "comments/feed": rss("Comments for A"), home + "f": rss("A"),
			}, nil, home, []string{"A", "Comments for A"}, 3,
		},
		"the same twice": {
			map[string]string{home: in(`<link rel=feed href=/f><link rel=feed href=/f#x><link rel=feed href=/g>`), home + "f": rss("A"), home + "g": "301 " + home + "f"},
			nil, home,
			[]string{"A"},
			3,
		},
		"the same at several addresses": {
			map[string]string{
				home: in(`<link rel=feed href=/f?x=1><link rel=feed href=/f><link rel=feed href=/g>`), home + "f?x=1": selfed("A", home+"f"),
				home + "f": rss("A"), home + "g": selfed("Another", home+"f"), // says by mistake that it is the first
			}, nil, home, []string{"A", "Another"}, 4,
		},
		"by a type that others have, too": {
			map[string]string{home: in(`<link rel=alternate type=application/json href=/api><link rel=alternate type=text/xml href=/f>`), home + "api": "{}", home + "f": rss("A")},
			nil, home,
			[]string{"A"},
			3,
		},
		"by a feed's type alone, where there is one": {
			map[string]string{home: in(`<link rel=alternate type=application/json href=/api><link rel=feed href=/f>`), home + "f": rss("A")},
			nil, home,
			[]string{"A"},
			2,
		},
		"the topic of its hub": {
			map[string]string{home: in(`<link rel=hub href=https://hub.example/><link rel=self href=/f>`), home + "f": rss("A")},
			nil, home,
			[]string{"A"},
			2,
		},
		"a topic that is the page": {
			map[string]string{home: in(`<link rel=hub href=https://hub.example/><link rel=self href=/>`) + `<a href=/f.rss>`, home + "f.rss": rss("A")},
			nil, home,
			[]string{"A"},
			2,
		},
		"an address of feed:": {map[string]string{home: rss("A")}, nil, "feed://a.example/", []string{"A"}, 1},
		"what is named and is none": {
			map[string]string{home: in(`<link rel=feed href=/f>`) + `<a href="/blog/feed/">RSS</a>`, home + "f": in("no feed"), home + "blog/feed/": rss("A")},
			nil, home,
			[]string{"A"},
			3,
		},
		"a link of the page":        {map[string]string{home: in("") + `<a href="/blog/rss.xml">x</a><a href="/about">y</a>`, home + "blog/rss.xml": rss("A")}, nil, home, []string{"A"}, 2},
		"a usual address":           {map[string]string{home: in(""), home + "index.xml": rss("A")}, nil, home, []string{"A"}, 7},
		"none":                      {map[string]string{home: in(`<link rel=alternate hreflang=de href=/de><link rel=stylesheet type=application/rss+xml href=/x>`)}, nil, home, nil, 7},
		"an address without scheme": {map[string]string{home: rss("A")}, nil, "a.example/", []string{"A"}, 1},
		"a host without encryption": {map[string]string{"http://plain.example/": rss("A")}, nil, "plain.example/", []string{"A"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &site{pages: tc.pages, links: tc.links}
				got, err := discover.Find(t.Context(), s, tc.address)
				if err != nil {
					t.Fatal(err)
				}
				var titles []string
				for _, f := range got.Feeds {
					titles = append(titles, f.Title)
					if f.Items != 1 || f.Format != "RSS 2.0" || f.Newest.Day() != 2 || !strings.Contains(f.Line(), "1 item, newest of 2026-03-02") {
						t.Errorf("%+v: %s", f, f.Line())
					}
				}
				if diff := cmp.Diff(tc.want, titles); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if len(s.asked) != tc.asked || !slices.Equal(s.asked, got.Tried) {
					t.Errorf("asked %v, told of %v; want %d", s.asked, got.Tried, tc.asked)
				}
				for i := range len(s.starts) - 1 {
					if d := s.starts[i+1].Sub(s.starts[i]); d < time.Second {
						t.Errorf("two requests within %v", d)
					}
				}
			})
		})
	}
}

func TestAPageThatNamesVeryManyIsAskedAFewTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var head strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&head, `<link rel=feed href="/%d"><a href="/%d/feed">`, i, i)
		}
		s := &site{pages: map[string]string{"https://a.example/": in(head.String())}}
		if got, err := discover.Find(t.Context(), s, "https://a.example/"); err != nil || len(got.Feeds) != 0 || len(s.asked) != 10 {
			t.Errorf("%d requests, %+v, %v", len(s.asked), got.Feeds, err)
		}
	})
}

func TestAPageThatCannotBeHadIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &site{}
		if _, err := discover.Find(t.Context(), s, "plain.example"); err == nil || len(s.asked) != 2 {
			t.Errorf("%v, asked %v", err, s.asked)
		}
		if _, err := discover.Find(t.Context(), &site{}, "https://a.example/"); err == nil {
			t.Error("a 404 is no error")
		}
	})
}

func TestASiteThatAsksToWaitIsAskedNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &site{pages: map[string]string{
			"https://a.example/":  in(`<link rel=feed href=/1><link rel=feed href=/2><link rel=feed href=https://b.example/f>`),
			"https://a.example/1": "busy", "https://a.example/2": rss("A"), "https://b.example/f": rss("B"),
		}}
		got, err := discover.Find(t.Context(), s, "https://a.example/")
		want := []string{"https://a.example/", "https://a.example/1", "https://b.example/f"}
		if err != nil || !slices.Equal(s.asked, want) || len(got.Feeds) != 1 || !slices.Equal(got.Resting, []string{"a.example"}) {
			t.Errorf("asked %v, %+v, %v", s.asked, got, err)
		}
	})
}

func TestAFeedIsOfferedAtTheAddressThatItGivesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const home = "https://a.example/"
		s := &site{pages: map[string]string{
			home: in(`<link rel=feed href=/f?x=1><link rel=feed href=/f>`), home + "f?x=1": selfed("A", home+"f"), home + "f": selfed("A", home+"f"),
		}}
		if got, err := discover.Find(t.Context(), s, home); err != nil || len(got.Feeds) != 1 || got.Feeds[0].URL != home+"f" {
			t.Errorf("%+v, %v", got.Feeds, err)
		}
	})
}

func TestWhatIsNoAddressOfAPageIsNotAsked(t *testing.T) {
	for _, address := range []string{
		"", " ", "/tmp/x", "file:feed.xml", " FILE:///etc/passwd", "file://localhost/x", "ftp://a.example/", "http://", "https:///x", "http://a b/",
		"%zz", "javascript:alert(1)", "feed:", "FILE:/x", "a.example:port",
	} {
		s := &site{}
		if _, err := discover.Find(t.Context(), s, address); !errors.Is(err, discover.ErrAddress) || len(s.asked) > 0 {
			t.Errorf("%q: %v, asked %v", address, err, s.asked)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add(in(`<link rel="alternate" type="application/rss+xml" href="/f"><base href="//x"><a href="feed:x/rss">`), `<f>; rel=feed`)
	f.Add("<a href='\x00'><link rel=feed href=''>", `<<>;rel="`)
	f.Fuzz(func(t *testing.T, page, link string) {
		defer fuzztest.Within(t, len(page)+len(link), fuzztest.Cost{Bytes: 8 << 20, Each: 4 << 10})()
		synctest.Test(t, func(t *testing.T) {
			s := &site{pages: map[string]string{"https://a.example/": page}, links: []string{link}}
			got, err := discover.Find(t.Context(), s, "https://a.example/")
			if err != nil || len(s.asked) > 10 {
				t.Errorf("%v, %d requests, %v", err, len(s.asked), got)
			}
			for _, address := range s.asked {
				if !strings.HasPrefix(address, "http") {
					t.Errorf("asked %q", address)
				}
			}
		})
	})
}
