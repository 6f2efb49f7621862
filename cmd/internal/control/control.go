// Package control is the socket over which the command line asks a running
// daemon: what travels on it, the server half and the client half.
//
// It is HTTP with JSON over a unix socket of mode 0600, so whoever may open the
// socket is the operator. It owns neither the work nor the wording of results:
// the daemon does the one, the command line the other.
package control

import (
	"context"
	"errors"
	"io"
	"time"

	"sluice/feed"
	"sluice/ingest"
)

// The errors that callers tell apart.
var (
	// ErrNoDaemon says that nobody listens on the socket.
	ErrNoDaemon = errors.New("no daemon is running")
	// ErrSilent says that a daemon has the socket and does not answer.
	ErrSilent = errors.New("the daemon does not answer")
	// ErrNotReady says that a daemon is there and does not serve: it starts, stops, or
	// its store failed.
	ErrNotReady = errors.New("the daemon is not ready")
	// ErrStopping says that the daemon ended before the work did. What it had
	// stored by then stays stored.
	ErrStopping = errors.New("the daemon is stopping")
)

// Daemon is what the server half asks to do the work.
type Daemon interface {
	// Sync polls as ingest.Runner.Sync does and returns when the outputs show
	// what came.
	Sync(ctx context.Context, req ingest.Request, progress func(done, total int, rep ingest.Report)) ([]ingest.Report, error)
	// Export hands on the files of all outputs that are served, each output's of one
	// build. An error of take ends it, and is returned.
	Export(ctx context.Context, take TakeFile) (Exported, error)
	// Status says how the configured sources fare, and the daemon itself.
	Status(ctx context.Context) (Status, error)
	// Reload puts the configuration file into use and says what changed; after
	// an error, which is a *RefusedError, nothing has changed.
	Reload(ctx context.Context) (Reloaded, error)
	// Explain says why an article is in an output or not. An output that is not
	// configured is ErrNoOutput, one of a kind without articles ErrHoldsNone, an
	// unknown article feed.ErrNoArticle.
	Explain(ctx context.Context, req ExplainRequest) (Explained, error)
	// Preview says what an output holds, and what another configuration would make of
	// it; nothing is stored. An output that neither has is ErrNoOutput.
	Preview(ctx context.Context, req PreviewRequest) (Previewed, error)
	// Split and Join mend a story and return when the outputs show it. An output that
	// is not configured is ErrNoOutput, an address of several articles a *ManyError;
	// the others are those of storage.Stories.
	Split(ctx context.Context, req SplitRequest) (Parted, error)
	Join(ctx context.Context, req JoinRequest) (Story, error)
	// Verify reads the whole store and says what is wrong with it. Faults are no error;
	// that it cannot be read far enough to name any is.
	Verify(ctx context.Context) (Verified, error)
	// Compact makes the store smaller; see storage.Keeper.
	Compact(ctx context.Context) (Compacted, error)
	// Backup writes a copy of the store, as it is at one moment, and says what is in that.
	Backup(ctx context.Context, req BackupRequest, w io.Writer) (Contents, error)
	// Copied takes in that a copy is where it is to be, and sound.
	Copied(ctx context.Context, done CopiedRequest) (struct{}, error)
}

// Reloaded is what came of a reload, in lines for people.
type Reloaded struct {
	Changes  []string `json:"changes"`
	Warnings []string `json:"warnings"` // what the new configuration probably does not mean
}

// RefusedError is the error of a reload that was refused, a reason a line.
type RefusedError struct{ Reasons []string }

// Error implements error.
func (e *RefusedError) Error() string { return "reload refused: the old configuration stays in use" }

// SyncRequest asks for one sync.
type SyncRequest struct {
	Sources []string `json:"sources,omitempty"`
	All     bool     `json:"all,omitempty"`
}

// EnableRequest asks for a source that is gone or failing to be asked again.
type EnableRequest struct {
	Source string `json:"source"`
}

// Request is the same for package ingest.
func (r EnableRequest) Request() ingest.Request {
	return ingest.Request{Sources: []feed.SourceID{feed.SourceID(r.Source)}, Enable: true}
}

// Request is the same for package ingest.
func (r SyncRequest) Request() ingest.Request {
	names := make([]feed.SourceID, len(r.Sources))
	for i, name := range r.Sources {
		names[i] = feed.SourceID(name)
	}
	return ingest.Request{Sources: names, All: r.All}
}

// Summary is what "sync --json" prints.
type Summary struct {
	Polled      int      `json:"polled"`
	Changed     int      `json:"changed"`
	Partial     int      `json:"partial"`
	NotModified int      `json:"not_modified"`
	Failed      int      `json:"failed"`
	New         int      `json:"new"`
	Updated     int      `json:"updated"`
	Duplicates  int      `json:"duplicates"`
	Sources     []Synced `json:"sources"`
}

// Synced is what one source gave.
type Synced struct {
	Name     string     `json:"name"`
	Outcome  string     `json:"outcome"`
	Status   int        `json:"status"` // HTTP status; 0 without an answer
	New      int        `json:"new"`
	Updated  int        `json:"updated"`
	Error    string     `json:"error"`
	NextPoll *time.Time `json:"next_poll"` // null when none is planned
}

// Summarise counts reports.
func Summarise(reports []ingest.Report) Summary {
	s := Summary{Sources: make([]Synced, 0, len(reports))}
	for _, r := range reports {
		one := Synced{
			Name: string(r.Source), Outcome: string(r.Outcome), Status: r.Status,
			New: r.Merged.New, Updated: r.Merged.Updated, NextPoll: when(r.Next),
		}
		if r.Err != nil {
			one.Error = r.Err.Error()
		}
		s.Sources = append(s.Sources, one)
		if r.Outcome.Polled() {
			s.Polled++
		}
		switch r.Outcome {
		case ingest.Changed:
			s.Changed++
		case ingest.Partial:
			s.Partial++
		case ingest.NotModified:
			s.NotModified++
		case ingest.Failed:
			s.Failed++
		}
		s.New += r.Merged.New
		s.Updated += r.Merged.Updated
		s.Duplicates += r.Merged.Duplicates
	}
	return s
}

// when is a time for JSON: RFC 3339 in UTC by whole seconds, null for none.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}
