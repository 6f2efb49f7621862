package fetch

import (
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// Each progressBytes of a body, or its end, have to come within progressTime. A
// server that drips would else hold a place and its memory for a whole timeout.
const (
	progressTime  = 20 * time.Second
	progressBytes = 1 << 10
)

// errSlow ends a body without progress.
var errSlow = errors.New("the body came too slowly")

// steady reads a body that has to make progress.
type steady struct {
	r     io.Reader
	timer *time.Timer
	slow  atomic.Bool
	got   int // since the timer was set
}

// watch returns a reader of r that calls cancel, which ends the reading, when r makes
// no progress.
func watch(r io.Reader, cancel func()) *steady {
	s := &steady{r: r}
	s.timer = time.AfterFunc(progressTime, func() {
		s.slow.Store(true)
		cancel()
	})
	return s
}

func (s *steady) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if s.got += n; s.got >= progressBytes {
		s.got = 0
		s.timer.Reset(progressTime)
	}
	if err != nil && err != io.EOF && s.slow.Load() {
		err = errSlow
	}
	return n, err
}

func (s *steady) stop() { s.timer.Stop() }
