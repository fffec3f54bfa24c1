package cmd_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// get prints what a URL answers. `! http` wants another status than 200, or none.
func get(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 1, "[!] http URL")
	status, body, err := do(http.MethodGet, args[0], nil)
	if neg {
		if err == nil && status == http.StatusOK {
			ts.Fatalf("%s answers", args[0])
		}
		return
	}
	ts.Check(err)
	if status != http.StatusOK {
		ts.Fatalf("%s answers %d: %s", args[0], status, body)
	}
	fmt.Fprint(ts.Stdout(), body)
}

// call sends a request that must be answered with the status.
func call(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 2, "call STATUS METHOD URL [HEADER:VALUE | body=TEXT…]")
	status, body, err := do(args[1], args[2], args[3:])
	ts.Check(err)
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("%s %s: status %d, want %s\n%s", args[1], args[2], status, args[0], body)
	}
	fmt.Fprint(ts.Stdout(), body)
}

func do(method, url string, parts []string) (int, string, error) {
	var body io.Reader
	header := http.Header{}
	for _, p := range parts {
		if text, ok := strings.CutPrefix(p, "body="); ok {
			body = strings.NewReader(text)
			continue
		}
		name, value, _ := strings.Cut(p, ":")
		header.Set(name, strings.TrimSpace(value))
	}
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		return 0, "", err
	}
	req.Header = header
	req.Host = header.Get("Host")
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), err
}

// jsonIs compares a field of the last JSON value that was printed; "a.*.b" is
// b of each element of a, with spaces between.
func jsonIs(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 2, "[!] json FIELD.PATH VALUE")
	if got := field(ts, args[0]); (got == args[1]) == neg {
		ts.Fatalf("%s is %q, want %q", args[0], got, args[1])
	}
}

// near compares two fields of the last JSON value, numbers above zero, which may differ by some percent.
func near(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 3, "near PERCENT FIELD.PATH FIELD.PATH")
	var n [3]float64
	for i, text := range []string{args[0], field(ts, args[1]), field(ts, args[2])} {
		var err error
		n[i], err = strconv.ParseFloat(text, 64)
		ts.Check(err)
	}
	if n[1] <= 0 || n[2] <= 0 || math.Abs(n[1]-n[2]) > n[2]*n[0]/100 {
		ts.Fatalf("%s is %g, not within %s %% of %s, %g", args[1], n[1], args[0], args[2], n[2])
	}
}

// setJSON keeps a field of the last JSON value that was printed in a variable.
func setJSON(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "setjson VARIABLE FIELD.PATH")
	ts.Setenv(args[0], field(ts, args[1]))
}

func field(ts *testscript.TestScript, path string) string {
	text := ts.ReadFile("stdout")
	var v any
	for dec := json.NewDecoder(strings.NewReader(text)); ; {
		var next any
		err := dec.Decode(&next)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			ts.Fatalf("stdout is not JSON: %v\n%s", err, text)
		}
		v = next
	}
	got, err := lookup(v, strings.Split(path, "."))
	if err != nil {
		ts.Fatalf("%s: %v in\n%s", path, err, text)
	}
	return got
}

func lookup(v any, path []string) (string, error) {
	for i, name := range path {
		switch at := v.(type) {
		case map[string]any:
			v = at[name]
		case []any:
			if name == "*" {
				var all []string
				for _, e := range at {
					s, err := lookup(e, path[i+1:])
					if err != nil {
						return "", err
					}
					all = append(all, s)
				}
				return strings.Join(all, " "), nil
			}
			n, err := strconv.Atoi(name)
			if err != nil || n >= len(at) {
				return "", fmt.Errorf("no element %s", name)
			}
			v = at[n]
		default:
			return "", fmt.Errorf("no field %s", name)
		}
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	data, err := json.Marshal(v)
	return string(data), err
}
