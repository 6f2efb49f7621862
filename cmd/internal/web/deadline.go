package web

import (
	"os"
	"sync"
	"time"
)

// deadline is a deadline of a connection that reaches the system late: with the next call
// that may wait, or at once where one waits already. net/http wants five to seven an
// answer, and most of them are replaced before anything waits.
//
// A deadline that is less than a twentieth later than the one that is set, and less than a
// second, is taken for the same.
//
// While an answer is made net/http looks for a reader that goes away: it reads, and ends
// that by a deadline of long ago once the answer is given. For most answers this look is a
// call of the system for nothing. So it is held until it is ended, or until the answer
// takes its time; see hold.
type deadline struct {
	apply func(time.Time) error // sets it for the connection

	mu     sync.Mutex
	wanted time.Time
	set    time.Time
	calls  int // that may be waiting

	free chan struct{} // with room for one; a value ends the wait of who is held
	held bool
	shut bool   // nobody is held any more
	turn uint64 // counts those that were held
	seen uint64 // the turn that loosen saw last
}

// longAgo is later than what net/http sets to have a call end.
var longAgo = time.Unix(86400, 0)

func newDeadline(apply func(time.Time) error) deadline {
	return deadline{apply: apply, free: make(chan struct{}, 1)}
}

// over reports whether the deadline wanted is one to have calls end. It is called with the
// lock.
func (d *deadline) over() bool { return !d.wanted.IsZero() && d.wanted.Before(longAgo) }

// hold waits until another deadline is wanted, or until loosen ends that. It says to start,
// before it waits, that somebody must call loosen.
func (d *deadline) hold(start func()) {
	d.mu.Lock()
	if d.over() || d.shut {
		d.mu.Unlock()
		return
	}
	d.held = true
	d.turn++
	d.mu.Unlock()
	start()
	<-d.free
}

// loosen ends the wait of who was held already when it was called last, and reports
// whether somebody is held still.
func (d *deadline) loosen() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held && d.turn == d.seen {
		d.release()
	}
	d.seen = d.turn
	return d.held
}

// close ends the wait of who is held, for good.
func (d *deadline) close() {
	d.mu.Lock()
	d.shut = true
	d.release()
	d.mu.Unlock()
}

// release ends the wait of who is held. It is called with the lock.
func (d *deadline) release() {
	if d.held {
		d.held = false
		d.free <- struct{}{}
	}
}

// want takes a deadline, zero for none.
func (d *deadline) want(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = t
	d.release()
	if d.calls == 0 {
		return nil
	}
	return d.settle()
}

// begin comes before a call that may wait, and end after it.
func (d *deadline) begin() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over() {
		return os.ErrDeadlineExceeded // the system would say the same
	}
	if err := d.settle(); err != nil {
		return err
	}
	d.calls++
	return nil
}

func (d *deadline) end() {
	d.mu.Lock()
	d.calls--
	d.mu.Unlock()
}

func (d *deadline) settle() error {
	if d.wanted.Equal(d.set) {
		return nil
	}
	if later := d.wanted.Sub(d.set); later >= 0 && later < time.Second && time.Until(d.set) > 20*later {
		return nil
	}
	if err := d.apply(d.wanted); err != nil {
		return err
	}
	d.set = d.wanted
	return nil
}
