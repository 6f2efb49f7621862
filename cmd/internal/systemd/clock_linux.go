package systemd

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic is the clock by which the manager orders events: CLOCK_MONOTONIC.
func monotonic() (time.Duration, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0, err
	}
	return time.Duration(now.Nano()), nil
}
