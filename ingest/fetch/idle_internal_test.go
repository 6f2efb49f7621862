package fetch

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// TestAnAnswerIsNotLostWithAConnectionThatIsOneTooMany asks many servers at once with
// room for one idle connection: net/http closes connections whose answers it has not
// handed over yet.
func TestAnAnswerIsNotLostWithAConnectionThatIsOneTooMany(t *testing.T) {
	const servers, askers, requests = 16, 64, 60
	c, err := New(Options{AllowPrivate: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var urls []string
	for range servers {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }))
		defer s.Close()
		urls = append(urls, s.URL)
	}
	r, err := c.route(Target{URL: urls[0]})
	if err != nil {
		t.Fatal(err)
	}
	r.transport.MaxIdleConns = 1
	var asking sync.WaitGroup
	for asker := range askers {
		asking.Go(func() {
			for i := range requests {
				if _, err := c.Fetch(t.Context(), Target{URL: urls[(asker+i)%servers], ETag: `"x"`}); err != nil {
					t.Errorf("asker %d, request %d: %v", asker, i, err)
					return
				}
			}
		})
	}
	asking.Wait()
}
