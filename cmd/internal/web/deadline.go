package web

import (
	"sync"
	"time"
)

// deadline is a deadline of a connection that reaches the system late: with the next call
// that may wait, or at once where one waits already. net/http wants five to seven an
// answer, and most of them are replaced before anything waits.
//
// A deadline that is less than a twentieth later than the one that is set, and less than a
// second, is taken for the same.
type deadline struct {
	apply func(time.Time) error // sets it for the connection

	mu     sync.Mutex
	wanted time.Time
	set    time.Time
	calls  int // that may be waiting
}

// want takes a deadline, zero for none.
func (d *deadline) want(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = t
	if d.calls == 0 {
		return nil
	}
	return d.settle()
}

// begin comes before a call that may wait, and end after it.
func (d *deadline) begin() error {
	d.mu.Lock()
	defer d.mu.Unlock()
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
