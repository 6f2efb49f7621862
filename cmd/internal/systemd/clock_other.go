//go:build !linux

package systemd

import (
	"errors"
	"time"
)

// monotonic is asked for where there is a manager, which is Linux.
func monotonic() (time.Duration, error) { return 0, errors.ErrUnsupported }
