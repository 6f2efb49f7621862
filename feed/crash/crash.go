// Package crash tells of a panic by its place and never by its value. Whoever panics with an
// error or a text of strangers may have a secret in it, and what the runtime writes of a
// panic shows its value.
package crash

import (
	"fmt"
	"reflect"
	"runtime"
	"strconv"
	"strings"
)

// Error is a panic as it may be told: in one line, and without the value's own text where
// that is not the runtime's.
type Error struct {
	What string // what the runtime says, or of which type the value is
	At   string // FILE:LINE, and behind it those from where it was called
}

// Error implements error.
func (e *Error) Error() string {
	return "a fault of sluice itself, please report it: " + e.What + " at " + e.At
}

// Told makes an error of what recover returned, which is not nil. It must be called by
// the deferred function itself, while the panic's frames are there.
func Told(value any) *Error {
	e := &Error{What: fmt.Sprintf("panic with a value of type %T", value), At: trail()}
	if err, ok := value.(runtime.Error); ok && isRuntimes(err) { // which names types and numbers alone
		e.What = strings.Join(strings.Fields(err.Error()), " ")
	}
	return e
}

// isRuntimes reports whether the runtime itself made an error.
func isRuntimes(err runtime.Error) bool {
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == "runtime"
}

// End ends the process where the goroutine that defers it panics, as a panic does but for
// its value: that is an Error then. A panic that is told by the runtime itself shows
// its value, also where it was recovered and another took its place; so the other one
// begins in a goroutine of its own.
func End() {
	value := recover()
	if value == nil {
		return
	}
	err := Told(value)
	go panic(err)
	select {} // what this goroutine holds is never given back
}

// deepest is how many frames a trail has.
const deepest = 8

// trail is where the panic that is being recovered began, and how it came there.
func trail() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	var places []string
	for panicking, more := false, true; more && len(places) < deepest; {
		var frame runtime.Frame
		frame, more = frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			places = append(places, frame.File[strings.LastIndexByte(frame.File, '/')+1:]+":"+strconv.Itoa(frame.Line))
		}
		panicking = panicking || inRuntime && strings.HasSuffix(frame.Function, "panic")
	}
	if len(places) == 0 {
		return "an unknown place"
	}
	return strings.Join(places, " < ")
}
