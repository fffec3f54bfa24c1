package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// wantsJSON tells the asked form before the flags are parsed, so that a fault
// in the flags comes out in it too.
func wantsJSON(args []string) bool {
	for _, a := range args {
		if a == "--json" || a == "-json" || strings.HasPrefix(a, "--json=") && a != "--json=false" {
			return true
		}
	}
	return false
}

// jsonError is the form of an error in JSON output.
type jsonError struct {
	Type  string    `json:"type"`
	Error errorBody `json:"error"`
}

type errorBody struct {
	Kind    string      `json:"kind"`
	Message string      `json:"message"`
	Hint    string      `json:"hint,omitempty"`
	Place   *errs.Place `json:"place,omitempty"`
}

// bodyOf is an error as it may be shown.
func bodyOf(err error) errorBody {
	message, hint := told(err)
	return errorBody{errs.KindOf(err).String(), message, hint, errs.PlaceOf(err)}
}

// reported is an error whose JSON form the command has written already.
type reported struct{ error }

func (r reported) Unwrap() error { return r.error }

// told is an error and its hint as they may be shown.
func told(err error) (message, hint string) {
	message, hint = err.Error(), errs.HintOf(err)
	if errs.KindOf(err) == errs.Usage {
		message, hint = link.Mask(message), link.Mask(hint)
	}
	return message, hint
}

// printError shows no login of a URL, whoever quoted a line of a file of the user's.
func printError(s ui.Streams, err error, asJSON bool) {
	if asJSON {
		if !errors.As(err, new(reported)) {
			_ = ui.WriteJSON(s.Out, jsonError{"error", bodyOf(err)})
		}
		return
	}
	message, hint := told(err)
	place := errs.PlaceOf(err)
	fmt.Fprintln(s.Err, "error: "+message)
	if place != nil {
		shown := *place
		shown.Excerpt = link.MaskWidth(shown.Excerpt)
		if text := shown.Pointer(); text != "" {
			fmt.Fprintln(s.Err, text)
		}
	}
	if hint != "" {
		fmt.Fprintln(s.Err, "hint: "+hint)
	}
}
