package cli

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryIsGivenBackWhenItIsQuietAndThereIsMore(t *testing.T) {
	const kept = 20 << 20
	for name, tt := range map[string]struct {
		before, now use
		rested      uint64
		want        bool
	}{
		"nothing to do after a sweep": {use{900 << 20, 80 << 20}, use{901 << 20, 80 << 20}, 0, true},
		"a sweep":                     {use{100 << 20, 80 << 20}, use{900 << 20, 80 << 20}, 0, false},
		"nothing more than before":    {use{900 << 20, kept}, use{901 << 20, kept + 1<<20}, kept, false},
		"a poll now and then":         {use{900 << 20, kept}, use{908 << 20, kept + 8<<20}, kept, true},
		"less than before":            {use{900 << 20, kept}, use{900 << 20, kept - 1<<20}, kept, false},
	} {
		if got := tired(tt.before, tt.now, tt.rested); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestADaemonRestsOnceAfterASweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		look := func() use { // there is a sweep from the second to the fifth minute
			minutes := min(max(time.Since(began).Minutes()-1, 0), 4)
			return use{allocated: uint64(minutes*100) << 20, held: 60 << 20}
		}
		var rests []time.Duration
		ctx, end := context.WithCancel(t.Context())
		var held atomic.Uint64 // taken off what is held
		go restOver(ctx, func() use { u := look(); u.held -= held.Load(); return u }, func() {
			rests = append(rests, time.Since(began))
			held.Store(40 << 20)
			if len(rests) == 1 {
				time.AfterFunc(time.Minute, func() { held.Store(0) }) // the sweep takes it again
			}
		})
		time.Sleep(time.Hour)
		end()
		synctest.Wait()
		if want := []time.Duration{restEvery, 5*time.Minute + restEvery}; !slices.Equal(rests, want) {
			t.Errorf("rested after %v, want %v", rests, want)
		}
	})
}

func TestWhatTheHeapHoldsIsCounted(t *testing.T) {
	before := heapUse()
	kept := make([]byte, 64<<20)
	if now := heapUse(); now.allocated < before.allocated+uint64(len(kept)) || now.held < uint64(len(kept)) {
		t.Errorf("%+v became %+v", before, now)
	}
	clear(kept)
}
