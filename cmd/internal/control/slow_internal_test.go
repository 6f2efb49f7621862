package control

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// wires is a listener of pipes in memory, whose deadlines and waits are those of a bubble.
type wires chan net.Conn

func (w wires) Accept() (net.Conn, error) {
	c, ok := <-w
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (w wires) Close() error   { close(w); return nil }
func (w wires) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func (w wires) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	w <- theirs
	return ours, nil
}

// slow is a daemon whose work takes its time.
type slow struct {
	Daemon // no other work is asked for

	takes time.Duration
}

func (s slow) Reload(context.Context) (Reloaded, error) {
	time.Sleep(s.takes)
	return Reloaded{Changes: []string{"x"}, Warnings: []string{"y"}}, nil
}

func (s slow) Verify(context.Context) (Verified, error) {
	time.Sleep(s.takes)
	return Verified{More: true}, nil
}

func (s slow) Export(_ context.Context, take TakeFile) (Exported, error) {
	return Exported{}, errors.Join(take("a", []byte("x")), take("b", []byte("x")))
}

// beside asks a daemon that serves in the same bubble.
func beside(t *testing.T, d Daemon, silence time.Duration, ask func(context.Context, *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		wire := make(wires)
		srv := Server(Handler(t.Context(), d, http.NotFoundHandler()))
		served := make(chan error, 1)
		go func() { served <- srv.Serve(wire) }()
		transport := &http.Transport{DialContext: wire.dial}
		ask(t.Context(), &Client{http: &http.Client{Transport: transport}, silence: silence})
		transport.CloseIdleConnections()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// Each works for longer than its client bears silence, which is more than a heartbeat.

func TestASlowDaemonIsNotTakenForASilentOne(t *testing.T) {
	beside(t, slow{takes: time.Minute}, heartbeat+time.Millisecond, func(ctx context.Context, c *Client) {
		done, err := c.Reload(ctx)
		if err != nil || len(done.Changes) != 1 || len(done.Warnings) != 1 {
			t.Errorf("got %+v, %v", done, err)
		}
	})
}

func TestALongVerifyIsNoSilentDaemon(t *testing.T) {
	beside(t, slow{takes: time.Minute}, heartbeat+time.Millisecond, func(ctx context.Context, c *Client) {
		if v, err := c.Verify(ctx); err != nil || !v.More {
			t.Errorf("got %+v, %v", v, err)
		}
	})
}

func TestADaemonWhoseHeartbeatsAreTooFarApartIsSilent(t *testing.T) {
	beside(t, slow{takes: time.Minute}, heartbeat-time.Millisecond, func(ctx context.Context, c *Client) {
		began := time.Now()
		if _, err := c.Reload(ctx); !errors.Is(err, ErrSilent) || time.Since(began) != heartbeat-time.Millisecond {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		time.Sleep(time.Minute) // the daemon goes on, and ends
	})
}

func TestADiskThatIsSlowIsNoSilentDaemon(t *testing.T) {
	const silence = 100 * time.Millisecond
	beside(t, slow{}, silence, func(ctx context.Context, c *Client) {
		n := 0
		_, err := c.Export(ctx, func(string, []byte) error {
			time.Sleep(2 * silence)
			n++
			return nil
		})
		if err != nil || n != 2 {
			t.Errorf("%d files, %v", n, err)
		}
	})
}
