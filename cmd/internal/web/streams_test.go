package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"sluice/cmd/internal/web"
)

// TestOneConnectionDoesNotTakeAllAnswers asks by HTTP/2 for more answers at a time than
// there may be connections, none of which ends, and then over another connection for one.
func TestOneConnectionDoesNotTakeAllAnswers(t *testing.T) {
	const places = 4
	h := web.New(slog.New(slog.DiscardHandler), newOutputs(), web.Options{BaseURL: base})
	entered, leave := make(chan struct{}, places), make(chan struct{})
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = web.Server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- struct{}{}
			<-leave
		}
		h.ServeHTTP(w, r)
	}))
	var turned tally
	srv.Listener = turned.listener(srv.Listener, places)
	srv.Start()
	t.Cleanup(srv.Close)
	free := sync.OnceFunc(func() { close(leave) })
	t.Cleanup(free)
	client := func() *http.Client {
		var two http.Protocols
		two.SetUnencryptedHTTP2(true)
		transport := &http.Transport{Protocols: &two}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	status := func(c *http.Client, path string) (int, string) {
		res, err := c.Get(srv.URL + path)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		_ = res.Body.Close()
		return res.StatusCode, res.Header.Get("Retry-After")
	}
	greedy := client()
	if got, _ := status(greedy, "/robots.txt"); got != http.StatusOK { // one connection for what follows
		t.Fatalf("answered %d", got)
	}
	var all sync.WaitGroup
	for range places {
		all.Go(func() { _, _ = status(greedy, "/slow") })
	}
	for range places {
		<-entered
	}
	got, again := status(greedy, "/robots.txt")
	if seconds, err := strconv.Atoi(again); got != http.StatusServiceUnavailable || err != nil || seconds < 1 {
		t.Errorf("who has all answers is answered %d, Retry-After %q", got, again)
	}
	if got, _ := status(client(), "/robots.txt"); got != http.StatusOK {
		t.Errorf("another is answered %d", got)
	}
	free()
	all.Wait()
	if got, _ := status(greedy, "/robots.txt"); got != http.StatusOK {
		t.Errorf("afterwards it is answered %d", got)
	}
	turned.want(t, web.TurnedStream)
}
