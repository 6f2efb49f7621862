// Command sluice polls feeds, stores every article once and republishes merged,
// filtered feeds over HTTP.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // rules name time zones, also where the system has none

	"sluice/cmd/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Exit: os.Exit,
	}))
}
