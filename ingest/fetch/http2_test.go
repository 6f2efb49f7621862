package fetch_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluice/ingest/fetch"
)

func TestHTTP2ServersAreHeldToTheSameLimits(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("<rss>"))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // resets the stream
	})
	mux.HandleFunc("/reset", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	headers := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for range n {
				w.Header().Add("X-More", strings.Repeat("x", 4<<10))
			}
		}
	}
	mux.HandleFunc("/headers", headers(16))
	mux.HandleFunc("/flood", headers(200))
	mux.HandleFunc("/slow", func(w http.ResponseWriter, req *http.Request) {
		for req.Context().Err() == nil {
			_, _ = w.Write([]byte("x"))
			_ = http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, req *http.Request) {
		for req.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	s := httptest.NewUnstartedServer(mux)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, fetch.Options{Timeout: time.Second, MaxBody: 1 << 20})
	t.Cleanup(c.Close)
	for path, want := range map[string]error{
		"/cut": fetch.ErrInterrupted, "/headers": fetch.ErrTooLarge, "/slow": fetch.ErrTimeout, "/long": fetch.ErrTooLarge,
	} {
		ans, err := c.Fetch(t.Context(), fetch.Target{URL: s.URL + path, InsecureTLS: true})
		if !errors.Is(err, want) || ans.Body != nil {
			t.Errorf("%s: %+v, %v", path, ans, err)
		}
	}
	for _, path := range []string{"/reset", "/flood"} { // where the library does not say more
		_, err := c.Fetch(t.Context(), fetch.Target{URL: s.URL + path, InsecureTLS: true})
		if err == nil || !strings.Contains(err.Error(), "http1") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
