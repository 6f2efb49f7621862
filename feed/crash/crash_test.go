package crash_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluice/feed/crash"
)

// caught is the panic of f.
func caught(f func()) (err *crash.Error) {
	defer func() {
		if v := recover(); v != nil {
			err = crash.Told(v)
		}
	}()
	f()
	return nil
}

// disguised calls itself an error of the runtime.
type disguised string

func (d disguised) Error() string { return string(d) }

func (disguised) RuntimeError() {}

func TestAPanicIsToldByItsPlaceAndNotByItsText(t *testing.T) {
	var (
		list  []int
		table map[string]int
		value any = "s3cret"
		none  *struct{ text string }
	)
	for name, tc := range map[string]struct {
		f    func()
		want string
	}{
		"beyond a list":      {func() { _ = list[len(value.(string))] }, `^runtime error: index out of range \[6\] with length 0$`},
		"nothing":            {func() { _ = none.text }, `^runtime error: invalid memory address or nil pointer dereference$`},
		"no map":             {func() { table["s3cret"] = 1 }, `^assignment to entry in nil map$`},
		"another type":       {func() { _ = value.(error) }, `string is not error`},
		"nil":                {func() { panic(nil) }, `panic called with nil argument`},
		"a text":             {func() { panic("s3cret") }, `^panic with a value of type string$`},
		"an error":           {func() { panic(fmt.Errorf("x: %w", errors.New("s3cret"))) }, `^panic with a value of type \*fmt.wrapError$`},
		"a value":            {func() { panic([]string{"s3cret"}) }, `type \[\]string$`},
		"an error disguised": {func() { panic(disguised("s3cret")) }, `type crash_test.disguised$`},
	} {
		err := caught(tc.f)
		if err == nil || !regexp.MustCompile(tc.want).MatchString(err.What) || !strings.HasPrefix(err.At, "crash_test.go:") {
			t.Errorf("%s: %+v", name, err)
			continue
		}
		if text := err.Error(); strings.Contains(text, "s3cret") || strings.Contains(text, "\n") || len(text) > 400 {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// crashEnv has the test binary crash in a goroutine: "careful", or "careless" without Crash.
const crashEnv = "SLUICE_FEED_CRASH"

func TestACrashShowsNoSecret(t *testing.T) {
	if how := os.Getenv(crashEnv); how != "" {
		go func() {
			if how == "careful" {
				defer crash.End()
			}
			panic("s3cret")
		}()
		time.Sleep(time.Minute)
		return
	}
	for how, told := range map[string]bool{"careful": false, "careless": true} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), crashEnv+"="+how, "GOTRACEBACK=all")
		out, err := cmd.CombinedOutput()
		if err == nil || cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "panic: ") || !strings.Contains(string(out), "crash_test.go:") {
			t.Errorf("%s: %v\n%s", how, err, out)
		}
		if strings.Contains(string(out), "s3cret") != told {
			t.Errorf("%s: the secret is told: %v\n%s", how, !told, out)
		}
	}
}
