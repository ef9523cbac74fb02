package cli

import (
	"flag"
	"fmt"
	"io"
)

// Flags returns an empty set of flags for Parse. -h prints the synopsis and the
// flags to stderr; what else is wrong is for the caller to print.
func Flags(name, synopsis string, stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints the error, below the usage
	flags.Usage = func() {
		fmt.Fprint(stderr, synopsis)
		flags.SetOutput(stderr)
		flags.PrintDefaults()
	}
	return flags
}

// Parse parses flags before, between and after the arguments, which it
// returns. All that follows -- is an argument.
func Parse(flags *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		parsed := len(args) - flags.NArg()
		if flags.NArg() == 0 || parsed > 0 && args[parsed-1] == "--" {
			return append(rest, flags.Args()...), nil
		}
		rest, args = append(rest, flags.Arg(0)), flags.Args()[1:]
	}
}
