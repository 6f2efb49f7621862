package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestLoginsAndHeadersAreSent(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{UserAgent: "sluice/1"})
	address := p.Set("/", fetchtest.Reply{Body: "ok"})
	withUser := strings.Replace(address, "http://", "http://me:p%40ss@", 1)
	for name, tc := range map[string]struct {
		target fetch.Target
		header string
		want   []string
	}{
		"user and password":       {fetch.Target{URL: address, Username: "me", Password: "p@ss"}, "Authorization", []string{"Basic bWU6cEBzcw=="}},
		"user info":               {fetch.Target{URL: withUser}, "Authorization", []string{"Basic bWU6cEBzcw=="}},
		"a bearer token":          {fetch.Target{URL: address, Bearer: "t0ken"}, "Authorization", []string{"Bearer t0ken"}},
		"a token beats user info": {fetch.Target{URL: withUser, Bearer: "t0ken"}, "Authorization", []string{"Bearer t0ken"}},
		"none":                    {fetch.Target{URL: address}, "Authorization", nil},
		"a header":                {fetch.Target{URL: address, Header: http.Header{"X-Key": {"1"}}}, "X-Key", []string{"1"}},
		"a header in small case":  {fetch.Target{URL: address, Header: http.Header{"x-key": {"1"}}}, "X-Key", []string{"1"}},
		"another user agent":      {fetch.Target{URL: address, Header: http.Header{"User-Agent": {"mine"}}}, "User-Agent", []string{"mine"}},
		"never a range":           {fetch.Target{URL: address, Header: http.Header{"Range": {"bytes=0-1"}}}, "Range", nil},
		"always our codings":      {fetch.Target{URL: address, Header: http.Header{"Accept-Encoding": {"deflate"}}}, "Accept-Encoding", []string{"gzip, br, zstd"}},
	} {
		t.Run(name, func(t *testing.T) {
			ans := mustFetch(t, c, tc.target)
			if diff := cmp.Diff(tc.want, p.Last()[tc.header]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.header, diff)
			}
			if ans.Final.User != nil {
				t.Error("the answer's address has user info")
			}
		})
	}
}

func TestCookiesAreNotKept(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	address := p.Set("/", fetchtest.Reply{Body: "ok", Header: http.Header{"Set-Cookie": {"a=b"}}})
	for range 2 {
		mustFetch(t, c, fetch.Target{URL: address})
	}
	if got := p.Last()["Cookie"]; got != nil {
		t.Errorf("sent %v", got)
	}
}

func TestTheProtocolIsTheNewestUnlessToldOtherwise(t *testing.T) {
	for name, tc := range map[string]struct {
		http1 bool
		want  string
	}{"by default": {false, "HTTP/2.0"}, "with http1": {true, "HTTP/1.1"}} {
		t.Run(name, func(t *testing.T) {
			p := fetchtest.NewTLS(t)
			c := newClient(t, fetch.Options{})
			address := p.Set("/", fetchtest.Reply{Body: document, ETag: "\"\xff\"", Coding: "gzip"})
			ans := mustFetch(t, c, fetch.Target{URL: address, InsecureTLS: true, HTTP1: tc.http1})
			if string(ans.Body) != document {
				t.Errorf("got %q", ans.Body)
			}
			if got := p.Requests()[0].Proto; got != tc.want {
				t.Errorf("spoke %s", got)
			}
			if !mustFetch(t, c, fetch.Target{URL: address, InsecureTLS: true, HTTP1: tc.http1, ETag: ans.ETag}).NotModified {
				t.Error("not conditional")
			}
		})
	}
}

func TestCertificatesAreVerifiedForEachSourceOnItsOwn(t *testing.T) {
	p := fetchtest.NewTLS(t)
	c := newClient(t, fetch.Options{})
	address := p.Set("/", fetchtest.Reply{Body: "ok"})
	mustFetch(t, c, fetch.Target{URL: address, InsecureTLS: true})
	_, err := c.Fetch(t.Context(), fetch.Target{URL: address})
	if !errors.Is(err, fetch.ErrCertificate) || !strings.Contains(err.Error(), "certificate refused: ") {
		t.Errorf("%v", err)
	}
	if p.Count("") != 1 {
		t.Errorf("asked %d times", p.Count(""))
	}
}

func TestConnectionsAreKeptAndClosed(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	ok := p.Set("/ok", fetchtest.Reply{Body: document, Coding: "br"})
	p.Set("/missing", fetchtest.Reply{Status: 404, Body: "a short page"})
	hop := p.Redirect("/hop", 302, "/ok")
	for range 3 {
		mustFetch(t, c, fetch.Target{URL: ok})
		mustFetch(t, c, fetch.Target{URL: hop})
		if _, err := c.Fetch(t.Context(), fetch.Target{URL: p.URL("/missing")}); err == nil {
			t.Fatal("no error")
		}
	}
	if n := p.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
	c.Close()
	mustFetch(t, c, fetch.Target{URL: ok})
	if n := p.Connections(); n != 2 {
		t.Errorf("%d connections after Close", n)
	}
}

func TestManyFetchesAtATimeDoNotMixTheirBodies(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	var wg sync.WaitGroup
	for i := range 40 {
		coding := []string{"", "gzip", "br", "zstd"}[i%4]
		body := strings.Repeat(fmt.Sprintf("item %d of %s ", i, coding), 1+i*200)
		address := p.Set(fmt.Sprintf("/%d", i), fetchtest.Reply{Body: body, Coding: coding})
		for range 3 {
			wg.Go(func() {
				ans, err := c.Fetch(t.Context(), fetch.Target{URL: address})
				if err != nil || string(ans.Body) != body {
					t.Errorf("%d: %v, %d bytes of %d", i, err, len(ans.Body), len(body))
				}
			})
		}
	}
	wg.Wait()
}

func TestACancelledFetchSaysWhy(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	address := p.Set("/", fetchtest.Reply{Body: "ok", Delay: time.Minute})
	why := errors.New("the daemon stops")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(why) })
	if _, err := c.Fetch(ctx, fetch.Target{URL: address}); !errors.Is(err, why) || errors.Is(err, fetch.ErrTimeout) {
		t.Errorf("%v", err)
	}
}
