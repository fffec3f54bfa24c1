package config

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Setter gives a key's value its type and puts it into what holds the key: a
// *Config, or the value that a target's New makes.
type Setter func(into any, key string, v value) error

func mistyped(want string, v value) *Fault {
	return Wrong("", "must be "+verbatim(want)+", but is %s", v.is())
}

// word gives a scalar's text. A boolean is refused where text is wanted.
func word(key string, v value, ok Check) (string, error) {
	if v.kind != text && v.kind != number {
		return "", v.fail(key, mistyped("text", v))
	}
	s, f := ok(v.text)
	if f != nil {
		return "", v.fail(key, f)
	}
	return s, nil
}

// SetText accepts text that passes a check.
func SetText[T any](to func(*T) *string, ok Check) Setter {
	return func(into any, key string, v value) (err error) {
		*to(into.(*T)), err = word(key, v, ok)
		return err
	}
}

func integer(key string, v value, low, high int) (int, error) {
	n, err := strconv.Atoi(v.text)
	switch {
	case v.kind == text && !v.loose && err == nil:
		return 0, v.fail(key, Wrong("Remove the quotes.", "must be a number, but is text: %q", v.text))
	case !v.loose && v.kind != number || err != nil:
		return 0, v.fail(key, mistyped("a whole number", v))
	case n < low || n > high:
		return 0, v.fail(key, Wrong("", fmt.Sprintf("must be from %d to %d", low, high)+", not %d", n))
	}
	return n, nil
}

// SetInt accepts a whole number within bounds.
func SetInt[T any](to func(*T) *int, low, high int) Setter {
	return func(into any, key string, v value) (err error) {
		*to(into.(*T)), err = integer(key, v, low, high)
		return err
	}
}

// SetOptionalInt is SetInt for a number that may be absent, other than zero.
func SetOptionalInt[T any](to func(*T) **int, low, high int) Setter {
	return func(into any, key string, v value) error {
		n, err := integer(key, v, low, high)
		*to(into.(*T)) = &n
		return err
	}
}

func truth(key string, v value) (bool, error) {
	b, err := strconv.ParseBool(v.text)
	if (!v.loose && v.kind != boolean) || err != nil {
		return false, v.fail(key, mistyped("true or false", v))
	}
	return b, nil
}

// SetBool accepts true or false.
func SetBool[T any](to func(*T) *bool) Setter {
	return func(into any, key string, v value) (err error) {
		*to(into.(*T)), err = truth(key, v)
		return err
	}
}

// SetOptionalBool is SetBool for what may be left open.
func SetOptionalBool[T any](to func(*T) **bool) Setter {
	return func(into any, key string, v value) error {
		b, err := truth(key, v)
		*to(into.(*T)) = &b
		return err
	}
}

// duration reads whole seconds, at most high.
func duration(key string, v value, high time.Duration) (time.Duration, error) {
	d, ok := parseDuration(v.text)
	switch {
	case v.kind != text && v.kind != number || !ok:
		return 0, v.fail(key, Wrong("Write seconds, or a number with a unit: 300, 300s, 5m.", "must be a duration, but is %s", v.is()))
	case d < time.Second || d > high || d%time.Second != 0:
		return 0, v.fail(key, Wrong("", fmt.Sprintf("must be whole seconds from 1s to %gs", high.Seconds())+", not %q", v.text))
	}
	return d, nil
}

// SetDuration accepts whole seconds, or a number with its unit.
func SetDuration[T any](to func(*T) *time.Duration, high time.Duration) Setter {
	return func(into any, key string, v value) (err error) {
		*to(into.(*T)), err = duration(key, v, high)
		return err
	}
}

// setLatency accepts a time with its unit, from a millisecond on.
func setLatency(to func(*Config) *time.Duration) Setter {
	return func(into any, key string, v value) error {
		d, err := time.ParseDuration(v.text)
		switch {
		case v.kind != text && v.kind != number || err != nil:
			return v.fail(key, Wrong("Write a number with a unit: 800ms, 1.5s.", "must be a time, but is %s", v.is()))
		case d < time.Millisecond || d > time.Hour:
			return v.fail(key, Wrong("", "must be from 1ms to 1h, not %q", v.text))
		}
		*to(into.(*Config)) = d
		return nil
	}
}

// SetSeconds is SetDuration for a number of seconds.
func SetSeconds[T any](to func(*T) *int, high time.Duration) Setter {
	return func(into any, key string, v value) error {
		d, err := duration(key, v, high)
		*to(into.(*T)) = int(d.Seconds())
		return err
	}
}

// structured reads loose text as JSON when it looks so.
func structured(key string, v value, open string) (value, bool, error) {
	if s := strings.TrimSpace(v.text); v.loose && strings.HasPrefix(s, open) {
		if !json.Valid([]byte(s)) {
			return v, false, v.fail(key, Wrong("", "looks like JSON and is not"))
		}
		parsed, err := parseYAML(v.at, []byte(s))
		return parsed, true, err
	}
	return v, false, nil
}

// elements gives a list's values; loose text is JSON, or separated as pieces says.
func elements(key string, v value) ([]value, error) {
	if len(v.more) > 0 {
		var all []value
		for _, one := range v.each() {
			items, err := elements(key, one)
			if err != nil {
				return nil, err
			}
			all = append(all, items...)
		}
		return all, nil
	}
	v, parsed, err := structured(key, v, "[")
	if err != nil {
		return nil, err
	}
	if v.loose && !parsed && v.kind == text {
		all, err := pieces(key, v)
		if err != nil {
			return nil, err
		}
		var items []value
		for _, s := range all {
			if s = strings.TrimSpace(s); s != "" {
				items = append(items, value{kind: text, text: s, at: v.at})
			}
		}
		return items, nil
	}
	if v.kind != list {
		f := mistyped("a list", v)
		if v.scalar() {
			f.Hint, f.repeats = "Write ["+v.text+"].", true
		}
		return nil, v.fail(key, f)
	}
	return v.items, nil
}

// SetList accepts a list of texts that pass a check.
func SetList[T any](to func(*T) *[]string, ok Check) Setter {
	return func(into any, key string, v value) error {
		items, err := elements(key, v)
		if err != nil {
			return err
		}
		out := make([]string, len(items))
		for i, item := range items {
			if item.loose = v.loose; v.loose && item.kind == list {
				return item.fail(key, mistyped("a list of text", item))
			}
			if out[i], err = word(key+"["+strconv.Itoa(i)+"]", item, ok); err != nil {
				return err
			}
		}
		*to(into.(*T)) = out
		return nil
	}
}
