package fetch_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestRedirectsAreFollowedToTheDocument(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	p.Set("/feed", fetchtest.Reply{Body: document})
	p.Set("/b/feed", fetchtest.Reply{Body: document})
	p.Redirect("/temporary", 302, "/feed")
	p.Redirect("/permanent", 308, "/feed")
	for name, tc := range map[string]struct {
		status int
		to     string
		final  string
		moved  string // path; empty: not moved
	}{
		"301":                            {301, "/feed", "/feed", "/feed"},
		"302":                            {302, "/feed", "/feed", ""},
		"303":                            {303, "/feed", "/feed", ""},
		"307":                            {307, "/feed", "/feed", ""},
		"308":                            {308, "/feed", "/feed", "/feed"},
		"a whole address":                {301, p.URL("/feed"), "/feed", "/feed"},
		"an address without a scheme":    {302, strings.TrimPrefix(p.URL("/feed"), "http:"), "/feed", ""},
		"a relative path":                {302, "b/feed", "/b/feed", ""},
		"a fragment is dropped":          {302, "/feed#top", "/feed", ""},
		"blanks around it":               {302, "  /feed ", "/feed", ""},
		"permanent twice":                {301, "/permanent", "/feed", "/feed"},
		"only what comes first is moved": {301, "/temporary", "/feed", "/temporary"},
		"what comes later is not":        {302, "/permanent", "/feed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p.Forget()
			ans := mustFetch(t, c, fetch.Target{URL: p.Redirect("/start", tc.status, tc.to)})
			if string(ans.Body) != document || ans.Status != 200 || ans.Final.String() != p.URL(tc.final) {
				t.Errorf("%d from %s: %q", ans.Status, ans.Final, ans.Body)
			}
			if want := p.Count("") - 1; ans.Redirects != want {
				t.Errorf("%d redirects, want %d", ans.Redirects, want)
			}
			switch {
			case tc.moved == "" && ans.Moved != nil, tc.moved != "" && (ans.Moved == nil || ans.Moved.String() != p.URL(tc.moved)):
				t.Errorf("moved to %v", ans.Moved)
			}
			for _, r := range p.Requests() {
				if r.Header["Referer"] != nil {
					t.Errorf("%s was sent a Referer", r.Path)
				}
			}
		})
	}
}

func TestRedirectsThatLeadNowhereAreErrors(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	p.Set("/feed", fetchtest.Reply{Body: document})
	for i, path := range []string{"/6", "/5", "/4", "/3", "/2", "/1"} {
		p.Redirect(path, 301, []string{"/5", "/4", "/3", "/2", "/1", "/feed"}[i])
	}
	p.Redirect("/circle", 302, "/elcric")
	p.Redirect("/elcric", 302, "/circle")
	for name, tc := range map[string]struct {
		start string
		asked int // 0: an error at the first answer
	}{
		"six in a row":      {"/6", 6},
		"a circle":          {"/circle", 2},
		"itself":            {p.Redirect("/self", 301, "/self"), 1},
		"itself elsewhere":  {p.Redirect("/part", 301, "/part#x"), 1},
		"no Location":       {p.Set("/none", fetchtest.Reply{Status: 302}), 1},
		"an empty Location": {p.Redirect("/empty", 302, ""), 1},
		"no address":        {p.Redirect("/broken", 302, "http://[::1/"), 1},
		"a file":            {p.Redirect("/file", 302, "file:///etc/passwd"), 1},
		"data":              {p.Redirect("/data", 302, "data:text/xml,<rss/>"), 1},
		"ftp":               {p.Redirect("/ftp", 302, "ftp://127.0.0.1/"), 1},
		"no host":           {p.Redirect("/hostless", 302, "http:///feed"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			p.Forget()
			start := tc.start
			if strings.HasPrefix(start, "/") {
				start = p.URL(start)
			}
			_, err := c.Fetch(t.Context(), fetch.Target{URL: start})
			if !errors.Is(err, fetch.ErrRedirect) {
				t.Fatalf("%v", err)
			}
			oneLine(t, err)
			if n := p.Count(""); n != tc.asked {
				t.Errorf("asked %d times", n)
			}
		})
	}
	if ans := mustFetch(t, c, fetch.Target{URL: p.URL("/5")}); string(ans.Body) != document {
		t.Errorf("five in a row: %q", ans.Body)
	}
}

func TestEncryptionIsNotGivenUpByARedirectForGood(t *testing.T) {
	for _, status := range []int{301, 308} {
		secure, open := fetchtest.NewTLS(t), fetchtest.New(t)
		down := secure.Redirect("/", status, open.Set("/feed", fetchtest.Reply{Body: document}))
		_, err := newClient(t, fetch.Options{}).Fetch(t.Context(), fetch.Target{URL: down, InsecureTLS: true})
		if !errors.Is(err, fetch.ErrRedirect) {
			t.Errorf("%d: %v", status, err)
		}
		if open.Count("") != 0 {
			t.Errorf("%d: it was asked in the open", status)
		}
	}
}

func TestEncryptionThatARedirectGivesUpForNowIsFlagged(t *testing.T) {
	for _, status := range []int{302, 303, 307} {
		secure, open := fetchtest.NewTLS(t), fetchtest.New(t)
		down := secure.Redirect("/", status, open.Set("/feed", fetchtest.Reply{Body: document}))
		ans := mustFetch(t, newClient(t, fetch.Options{}), fetch.Target{
			URL: down, InsecureTLS: true, Bearer: "s3cret", Header: http.Header{"X-Key": {"s3cret"}}, ETag: `"1"`,
		})
		if string(ans.Body) != document || !ans.Downgraded || ans.Moved != nil {
			t.Errorf("%d: %q, downgraded %v, moved %v", status, ans.Body, ans.Downgraded, ans.Moved)
		}
		for _, name := range []string{"Authorization", "X-Key", "If-None-Match", "Referer"} {
			if open.Last().Get(name) != "" {
				t.Errorf("%d: %s was sent in the open", status, name)
			}
		}
	}
}

func TestAPermanentRedirectToEncryptionIsAMove(t *testing.T) {
	secure, open := fetchtest.NewTLS(t), fetchtest.New(t)
	up := open.Redirect("/up", 301, secure.Set("/feed", fetchtest.Reply{Body: document}))
	ans := mustFetch(t, newClient(t, fetch.Options{}), fetch.Target{URL: up, InsecureTLS: true})
	if string(ans.Body) != document || ans.Downgraded || ans.Moved == nil || ans.Moved.String() != secure.URL("/feed") {
		t.Errorf("%q, downgraded %v, moved %v", ans.Body, ans.Downgraded, ans.Moved)
	}
}

func TestSecretsStayWithTheirOrigin(t *testing.T) {
	here, there := fetchtest.New(t), fetchtest.New(t)
	c := newClient(t, fetch.Options{UserAgent: "sluice/1"})
	here.Set("/feed", fetchtest.Reply{Body: document})
	there.Set("/feed", fetchtest.Reply{Body: document})
	there.Redirect("/back", 302, here.URL("/feed"))
	for name, tc := range map[string]struct {
		to   string
		last *fetchtest.Publisher
		kept bool
	}{
		"on the same origin":             {"/feed", here, true},
		"to another port":                {there.URL("/feed"), there, false},
		"to the same port by a name":     {strings.Replace(here.URL("/feed"), "127.0.0.1", "localhost", 1), here, false},
		"not even back where they began": {there.URL("/back"), here, false},
		"user info there is not used":    {strings.Replace(there.URL("/feed"), "//", "//evil:x@", 1), there, false},
	} {
		t.Run(name, func(t *testing.T) {
			mustFetch(t, c, fetch.Target{
				URL: here.Redirect("/start", 301, tc.to), Username: "me", Password: "secret",
				Header:       http.Header{"X-Key": {"secret"}, "Cookie": {"secret"}, "User-Agent": {"secret"}},
				AllowPrivate: []string{"localhost"},
			})
			h := tc.last.Last()
			for _, name := range []string{"Authorization", "X-Key", "Cookie"} {
				if got := len(h[name]) > 0; got != tc.kept {
					t.Errorf("%s sent: %v", name, h[name])
				}
			}
			if want := map[bool]string{true: "secret", false: "sluice/1"}[tc.kept]; h.Get("User-Agent") != want {
				t.Errorf("User-Agent %q", h.Get("User-Agent"))
			}
		})
	}
}

func TestValidatorsGoToTheAddressThatGaveThem(t *testing.T) {
	p := fetchtest.New(t)
	reply := fetchtest.Reply{Body: document, ETag: `"1"`, LastModified: "then"}
	p.Set("/feed", reply)
	p.Set("/other", fetchtest.Reply{Body: "another feed", ETag: `"1"`, LastModified: "then"})
	start := p.Redirect("/start", 302, "/feed")

	c := newClient(t, fetch.Options{})
	first := mustFetch(t, c, fetch.Target{URL: start})
	if first.Origin == 0 {
		t.Fatal("the answer does not say that another address gave its validators")
	}
	kept := fetch.Target{URL: start, ETag: first.ETag, LastModified: first.LastModified, Origin: first.Origin}

	t.Run("to the end of the redirect, not to its beginning", func(t *testing.T) {
		p.Forget()
		if ans := mustFetch(t, c, kept); !ans.NotModified || ans.Origin != first.Origin {
			t.Errorf("%+v", ans)
		}
		got := p.Requests()
		if got[0].Header["If-None-Match"] != nil || got[1].Header.Get("If-None-Match") != `"1"` || got[1].Header.Get("If-Modified-Since") != "then" {
			t.Errorf("%v", got)
		}
	})
	t.Run("not to another end", func(t *testing.T) {
		p.Redirect("/start", 302, "/other")
		defer p.Redirect("/start", 302, "/feed")
		if ans := mustFetch(t, c, kept); ans.NotModified || string(ans.Body) != "another feed" {
			t.Errorf("%+v", ans)
		}
	})
	t.Run("also after a restart", func(t *testing.T) {
		if ans := mustFetch(t, newClient(t, fetch.Options{}), kept); !ans.NotModified {
			t.Error("not conditional")
		}
	})
	t.Run("not beyond the first address without their origin", func(t *testing.T) {
		unknown := kept
		unknown.Origin = 0
		if ans := mustFetch(t, c, unknown); ans.NotModified {
			t.Error("sent to an address that nobody knows to have given them")
		}
	})
	t.Run("not when they are others", func(t *testing.T) {
		p.Forget()
		changed := kept
		changed.LastModified = "before"
		mustFetch(t, c, changed)
		for _, r := range p.Requests() {
			if r.Header["If-Modified-Since"] != nil {
				t.Errorf("sent to %s", r.Path)
			}
		}
	})
	t.Run("to the first address once it answers itself", func(t *testing.T) {
		p.Set("/start", reply)
		ans := mustFetch(t, c, kept)
		if ans.NotModified || ans.Origin != 0 {
			t.Errorf("%+v", ans)
		}
		kept.Origin = ans.Origin
		if ans := mustFetch(t, c, kept); !ans.NotModified {
			t.Error("not conditional")
		}
	})
}

func TestRetryAfterOfARedirectThatIsNotFollowed(t *testing.T) {
	p := fetchtest.New(t)
	c := newClient(t, fetch.Options{})
	address := p.Set("/", fetchtest.Reply{Status: 302, Header: http.Header{"Retry-After": {"60"}}})
	ans, err := c.Fetch(t.Context(), fetch.Target{URL: address})
	if err == nil || ans.Status != 302 || ans.RetryAfter.Seconds() != 60 {
		t.Errorf("%+v, %v", ans, err)
	}
}
