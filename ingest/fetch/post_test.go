package fetch_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"sluice/ingest/fetch"
)

// desk takes forms at /form, and redirects to it with the status that the path names.
func desk(t *testing.T) (base string, took func() []string) {
	t.Helper()
	var got []string
	mux := http.NewServeMux()
	mux.HandleFunc("/form", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
		w.WriteHeader(http.StatusAccepted)
	})
	for path, code := range map[string]int{"/302": 302, "/307": 307, "/308": 308} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/form")
			w.WriteHeader(code)
		})
	}
	mux.HandleFunc("/503", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	mux.HandleFunc("/400", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL, func() []string { return got }
}

func TestAFormIsPostedAndFollowsOnlyRedirectsThatKeepTheMethod(t *testing.T) {
	for name, tc := range map[string]struct {
		path   string
		status int
		fails  string // what the error says
	}{
		"taken":     {"/form", 202, ""},
		"temporary": {"/307", 202, ""},
		"permanent": {"/308", 202, ""},
		"found":     {"/302", 302, "answered 302 Found; only 307 and 308 redirect a form"},
		"refused":   {"/400", 400, "answered 400 Bad Request"},
		"busy":      {"/503", 503, "answered 503 Service Unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			base, took := desk(t)
			c := newClient(t, fetch.Options{AllowPrivate: []string{"127.0.0.1"}})
			status, err := c.Post(t.Context(), fetch.Target{URL: base + tc.path}, url.Values{"hub.mode": {"subscribe"}, "x": {"ä b"}})
			var refused *fetch.StatusError
			if status != tc.status || errors.As(err, &refused) != (tc.fails != "") {
				t.Fatalf("got %d, %v", status, err)
			}
			if tc.fails != "" {
				if want := "post to " + base[len("http://"):] + ": " + tc.fails; err.Error() != want || refused.Code != tc.status || len(took()) != 0 {
					t.Errorf("got %q, %+v, want %q; told %q", err, refused, want, took())
				}
				if wait := refused.RetryAfter; (wait == time.Hour) != (tc.status == 503) {
					t.Errorf("to be asked again after %v", wait)
				}
				return
			}
			want := "POST application/x-www-form-urlencoded; charset=utf-8 hub.mode=subscribe&x=%C3%A4+b"
			if len(took()) != 1 || took()[0] != want {
				t.Errorf("got %q, want %q", took(), want)
			}
		})
	}
}

func TestAFormThatWentEncryptedGoesOnNoOtherWay(t *testing.T) {
	base, took := desk(t)
	secure := httptest.NewTLSServer(http.RedirectHandler(base+"/form", http.StatusTemporaryRedirect))
	t.Cleanup(secure.Close)
	c := newClient(t, fetch.Options{AllowPrivate: []string{"127.0.0.1"}})
	status, err := c.Post(t.Context(), fetch.Target{URL: secure.URL, InsecureTLS: true}, url.Values{"hub.secret": {"x"}})
	if status != 307 || !errors.Is(err, fetch.ErrRedirect) || len(took()) != 0 {
		t.Errorf("got %d, %v; told %q", status, err, took())
	}
}

func TestAFormIsNotPostedToPrivateAddresses(t *testing.T) {
	base, took := desk(t)
	c, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Post(t.Context(), fetch.Target{URL: base + "/form"}, nil); !errors.Is(err, fetch.ErrBlocked) {
		t.Errorf("got %v", err)
	}
	if len(took()) != 0 {
		t.Errorf("told %q", took())
	}
}
