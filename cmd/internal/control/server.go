package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/storage"
)

// heartbeat is how often a working daemon shows that it is alive.
const heartbeat = time.Second

// event is one line of the answer to a sync: all fields empty is a heartbeat.
type event struct {
	Done    int      `json:"done,omitempty"`
	Total   int      `json:"total,omitempty"`
	Result  *Summary `json:"result,omitempty"`
	Error   string   `json:"error,omitempty"`
	Unknown bool     `json:"unknown,omitempty"` // the error is an unknown source
}

// reloaded is the answer to a reload.
type reloaded struct {
	Changes []string `json:"changes,omitempty"`
	Refused []string `json:"refused,omitempty"`
}

// RefusedError is the error of a reload that was refused, a reason a line.
type RefusedError struct{ Reasons []string }

// Error implements error.
func (e *RefusedError) Error() string { return "reload refused: the old configuration stays in use" }

// Handler returns the server half. life is the daemon's: work that a client asked
// for goes on when the client leaves.
func Handler(life context.Context, d Daemon, address func(feed.SourceID) string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sync", func(w http.ResponseWriter, r *http.Request) { serveSync(life, d, w, r) })
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		states, err := d.Status(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		reply(w, NewStatus(states, address))
	})
	mux.HandleFunc("POST /reload", func(w http.ResponseWriter, r *http.Request) {
		changes, err := d.Reload(context.WithoutCancel(r.Context()))
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			reply(w, reloaded{Refused: refused.Reasons})
			return
		}
		if err != nil {
			reply(w, reloaded{Refused: []string{err.Error()}})
			return
		}
		reply(w, reloaded{Changes: changes})
	})
	return mux
}

// Server returns a server for the server half. A sync may take as long as it
// takes, so only the request's beginning is bounded.
func Server(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client left
}

// serveSync answers with one event a line, so that the client can draw a bar and
// tell a working daemon from a stuck one.
func serveSync(life context.Context, d Daemon, w http.ResponseWriter, r *http.Request) {
	var req SyncRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<24)).Decode(&req); err != nil {
		http.Error(w, "bad request: "+err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithCancel(life)
	defer cancel()

	var mu sync.Mutex
	out := json.NewEncoder(w)
	send := func(e event) {
		mu.Lock()
		defer mu.Unlock()
		_ = out.Encode(e) // the client left; the work goes on
		_ = http.NewResponseController(w).Flush()
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	send(event{})
	var beat sync.WaitGroup
	beat.Go(func() {
		tick := time.NewTicker(heartbeat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				send(event{})
			}
		}
	})
	last := run(ctx, d, req, send)
	cancel()
	beat.Wait()
	send(last)
}

func run(ctx context.Context, d Daemon, req SyncRequest, send func(event)) event {
	names := make([]feed.SourceID, len(req.Sources))
	for i, name := range req.Sources {
		names[i] = feed.SourceID(name)
	}
	reports, err := d.Sync(ctx, ingest.Request{Sources: names, All: req.All}, func(done, total int, _ ingest.Report) {
		send(event{Done: done, Total: total})
	})
	if err != nil {
		return event{Error: err.Error(), Unknown: errors.Is(err, storage.ErrNoSource)}
	}
	sum := Summarise(reports)
	return event{Result: &sum}
}
