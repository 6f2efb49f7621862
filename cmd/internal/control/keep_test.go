package control_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"sluice/cmd/internal/control"
)

func TestWhatIsWrongWithAStoreComesOverTheSocket(t *testing.T) {
	path, _ := serve(t, daemon{verify: func(context.Context) (control.Verified, error) {
		return control.Verified{Contents: control.Contents{Store: "s"}, Faults: []string{"a", "b"}, More: true}, nil
	}})
	v, err := dial(t, path, time.Minute).Verify(t.Context())
	if err != nil || v.Store != "s" || len(v.Faults) != 2 || v.Faults[1] != "b" || !v.More {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestAVerifyEndsWhenItsClientLeaves(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 1)
	path, _ := serve(t, daemon{verify: func(ctx context.Context) (control.Verified, error) {
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
		return control.Verified{}, ctx.Err()
	}})
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-began; leave() }()
	if _, err := dial(t, path, time.Minute).Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the daemon's work ended with %v", err)
	}
}

func TestAVerifyEndsWithTheDaemon(t *testing.T) {
	began := make(chan struct{})
	path, end := serve(t, daemon{verify: func(ctx context.Context) (control.Verified, error) {
		close(began)
		<-ctx.Done()
		return control.Verified{}, ctx.Err()
	}})
	go func() { <-began; end() }()
	if _, err := dial(t, path, time.Minute).Verify(t.Context()); !errors.Is(err, control.ErrStopping) {
		t.Errorf("got %v", err)
	}
}

func TestACompactionIsOfWhoeverWaitsForIt(t *testing.T) {
	began := make(chan struct{})
	path, _ := serve(t, daemon{compact: func(ctx context.Context) (control.Compacted, error) {
		select {
		case began <- struct{}{}:
			<-ctx.Done()
			return control.Compacted{}, ctx.Err()
		default:
			return control.Compacted{Store: "s", Before: 9, After: 4}, nil
		}
	}})
	if c, err := dial(t, path, time.Minute).Compact(t.Context()); err != nil || c != (control.Compacted{Store: "s", Before: 9, After: 4}) {
		t.Errorf("got %+v, %v", c, err)
	}
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-began; leave() }()
	for ctx.Err() == nil {
		if _, err := dial(t, path, time.Minute).Compact(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}
