package fetch_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

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
	mux.HandleFunc("/400", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL, func() []string { return got }
}

func TestAFormIsPostedAndFollowsOnlyRedirectsThatKeepTheMethod(t *testing.T) {
	for name, tc := range map[string]struct {
		path   string
		status int
		fails  bool
	}{
		"taken":     {"/form", 202, false},
		"temporary": {"/307", 202, false},
		"permanent": {"/308", 202, false},
		"found":     {"/302", 302, true},
		"refused":   {"/400", 400, true},
	} {
		t.Run(name, func(t *testing.T) {
			base, took := desk(t)
			c := newClient(t, fetch.Options{AllowPrivate: []string{"127.0.0.1"}})
			status, err := c.Post(t.Context(), fetch.Target{URL: base + tc.path}, url.Values{"hub.mode": {"subscribe"}, "x": {"ä b"}})
			var refused *fetch.StatusError
			if status != tc.status || errors.As(err, &refused) != tc.fails {
				t.Fatalf("got %d, %v", status, err)
			}
			if tc.fails {
				if len(took()) != 0 {
					t.Errorf("told %q", took())
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
