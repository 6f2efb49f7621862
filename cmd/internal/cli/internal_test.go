package cli

import "testing"

func TestTheHeapIsCollectedAtItsFloorOrAtTwiceItsSize(t *testing.T) {
	const mib = 1 << 20
	for live, want := range map[uint64]uint64{
		1 * mib: 16 * mib, 4 * mib: 16 * mib, 8 * mib: 16 * mib, 9 * mib: 18 * mib, 100 * mib: 200 * mib,
	} {
		if got := live + live*uint64(gcPercent(live, daemonHeap))/100; got != want {
			t.Errorf("with %d MiB alive the next collection is at %d MiB, want %d", live/mib, got/mib, want/mib)
		}
	}
	for least, want := range map[uint64]int{daemonHeap: 16, briefHeap: 32} {
		if got := 4 * gcPercent(0, least) / 100; got != want {
			t.Errorf("the first collection is at %d MiB, want %d", got, want)
		}
	}
}
