package cli

import (
	"io"
	"os"
	"sync"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// console is standard error: lines of the log, and on a terminal below them a
// bar that shows how far the work is.
type console struct {
	w        io.Writer
	terminal bool

	mu  sync.Mutex
	bar *progressbar.ProgressBar // nil: none is drawn
}

func newConsole(w io.Writer) *console { return &console{w: w, terminal: isTerminal(w)} }

// Write writes lines of the log where the bar was; the next show draws it anew.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	return c.w.Write(p)
}

// show draws the bar, on a terminal.
func (c *console) show(done, total int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.terminal {
		return
	}
	if c.bar == nil {
		c.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(c.w),
			progressbar.OptionSetDescription("polling"),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish())
	}
	_ = c.bar.Set(done) // a bar that cannot be drawn must not end the work
}

// clear removes the bar for good.
func (c *console) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	c.bar = nil
}

func (c *console) wipe() {
	if c.bar != nil {
		_ = c.bar.Clear() // as in show
	}
}

// isTerminal reports whether a person reads what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
