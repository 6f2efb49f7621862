package control

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"

	"sluice/feed"
	"sluice/storage"
)

// event is one line of an answer. Without any field it is a heartbeat; the last
// line has a result or a failure.
type event struct {
	Done    int             `json:"done,omitempty"`
	Total   int             `json:"total,omitempty"`
	File    *filePiece      `json:"file,omitempty"`
	Data    []byte          `json:"data,omitempty"` // the next bytes of a copy
	Result  json.RawMessage `json:"result,omitempty"`
	Failure *failure        `json:"failure,omitempty"`
}

// failure is an error on its way to the command line.
type failure struct {
	Kind     string    `json:"kind,omitempty"` // of kinds; empty: another
	Text     string    `json:"text"`
	Reasons  []string  `json:"reasons,omitempty"`  // of a refused reload
	Address  string    `json:"address,omitempty"`  // of a *ManyError, as is
	Articles []Article `json:"articles,omitempty"` // the next
}

// kinds are the errors that keep their meaning on the way, so that a command
// ends with the same status whether the daemon did the work or it did so itself.
// The first that fits counts.
var kinds = []struct {
	name string
	err  error
}{
	{"stopping", ErrStopping},
	{"permission", fs.ErrPermission},
	{"source", storage.ErrNoSource},
	{"output", ErrNoOutput},
	{"kind", ErrHoldsNone},
	{"article", feed.ErrNoArticle},
	{"alone", storage.ErrAlone},
	{"joined", storage.ErrJoined},
	{"locked", storage.ErrLocked},
	{"empty", storage.ErrEmpty},
	{"damaged", storage.ErrDamaged},
	{"newer", storage.ErrNewer},
	{"failed", storage.ErrFailed},
	{"full", storage.ErrFull},
	{"missing", fs.ErrNotExist},
}

// pack makes a failure of what the daemon's work ended with. An end that the
// daemon's own stop brought about is called so.
func pack(life context.Context, err error) *failure {
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return &failure{Text: refused.Error(), Reasons: refused.Reasons}
	}
	if many, ok := errors.AsType[*ManyError](err); ok {
		return &failure{Text: err.Error(), Address: many.Address, Articles: many.Articles}
	}
	if life.Err() != nil && errors.Is(err, context.Canceled) {
		err = ErrStopping
	}
	f := &failure{Text: err.Error()}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			f.Kind = k.name
			break
		}
	}
	return f
}

// unpack makes an error of a failure.
func (f *failure) unpack() error {
	if len(f.Reasons) > 0 {
		return &RefusedError{Reasons: f.Reasons}
	}
	if len(f.Articles) > 0 {
		return &remoteError{text: f.Text, kind: &ManyError{Address: f.Address, Articles: f.Articles}}
	}
	for _, k := range kinds {
		if k.name == f.Kind {
			return &remoteError{text: f.Text, kind: k.err}
		}
	}
	return errors.New(f.Text)
}

// remoteError is an error that the daemon had: its words and its kind.
type remoteError struct {
	text string
	kind error
}

// Error implements error.
func (e *remoteError) Error() string { return e.text }

// Unwrap returns the kind.
func (e *remoteError) Unwrap() error { return e.kind }
