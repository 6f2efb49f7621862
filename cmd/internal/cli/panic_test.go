package cli_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"sluice/cmd/internal/cli"
)

// breaking panics with something that holds a secret.
type breaking struct{}

// Write implements io.Writer.
func (breaking) Write([]byte) (int, error) { panic("s3cret") }

func TestACommandThatPanicsSaysSoInALineWithoutSecrets(t *testing.T) {
	var errs bytes.Buffer
	code := cli.Main(context.Background(), cli.Env{Args: []string{"version"}, Stdout: breaking{}, Stderr: &errs, Getenv: func(string) string { return "" }})
	said := errs.String()
	if code != 1 || strings.Contains(said, "s3cret") || strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "sluice: a fault of sluice itself, please report it: ") || !strings.Contains(said, "panic_test.go:") {
		t.Errorf("status %d: %q", code, said)
	}
}
