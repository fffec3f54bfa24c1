package config

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A setter gives a key's value its type and puts it into c.
type setter func(c *Config, key string, v value) error

func mistyped(want string, v value) *fault {
	return wrong("", "must be %s, but is %s", want, v.is())
}

// word gives a scalar's text. A boolean is refused where text is wanted.
func word(key string, v value, ok check) (string, error) {
	if v.kind != text && v.kind != number {
		return "", v.fail(key, mistyped("text", v))
	}
	s, f := ok(v.text)
	if f != nil {
		return "", v.fail(key, f)
	}
	return s, nil
}

func setText(to func(*Config) *string, ok check) setter {
	return func(c *Config, key string, v value) (err error) {
		*to(c), err = word(key, v, ok)
		return err
	}
}

func integer(key string, v value, low, high int) (int, error) {
	n, err := strconv.Atoi(v.text)
	switch {
	case v.kind == text && !v.loose && err == nil:
		return 0, v.fail(key, wrong("Remove the quotes.", "must be a number, but is text: %q", v.text))
	case !v.loose && v.kind != number || err != nil:
		return 0, v.fail(key, mistyped("a whole number", v))
	case n < low || n > high:
		return 0, v.fail(key, wrong("", "must be from %d to %d, not %d", low, high, n))
	}
	return n, nil
}

func setInt(to func(*Config) *int, low, high int) setter {
	return func(c *Config, key string, v value) (err error) {
		*to(c), err = integer(key, v, low, high)
		return err
	}
}

func setOptionalInt(to func(*Config) **int, low, high int) setter {
	return func(c *Config, key string, v value) error {
		n, err := integer(key, v, low, high)
		*to(c) = &n
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

func setBool(to func(*Config) *bool) setter {
	return func(c *Config, key string, v value) (err error) {
		*to(c), err = truth(key, v)
		return err
	}
}

func setOptionalBool(to func(*Config) **bool) setter {
	return func(c *Config, key string, v value) error {
		b, err := truth(key, v)
		*to(c) = &b
		return err
	}
}

func setDuration(to func(*Config) *time.Duration, high time.Duration) setter {
	return func(c *Config, key string, v value) error {
		d, ok := parseDuration(v.text)
		switch {
		case v.kind != text && v.kind != number || !ok:
			return v.fail(key, wrong("Write seconds, or a number with a unit: 300, 300s, 5m.", "must be a duration, but is %s", v.is()))
		case d < time.Second || d > high || d%time.Second != 0:
			return v.fail(key, wrong("", "must be whole seconds from 1s to %gs, not %q", high.Seconds(), v.text))
		}
		*to(c) = d
		return nil
	}
}

// structured reads loose text as JSON when it looks so.
func structured(key string, v value, open string) (value, bool, error) {
	if s := strings.TrimSpace(v.text); v.loose && strings.HasPrefix(s, open) {
		if !json.Valid([]byte(s)) {
			return v, false, v.fail(key, wrong("", "looks like JSON and is not"))
		}
		parsed, err := parseYAML(v.at, []byte(s))
		return parsed, true, err
	}
	return v, false, nil
}

// elements gives a list's values; loose text is JSON or comma separated.
func elements(key string, v value) ([]value, error) {
	v, parsed, err := structured(key, v, "[")
	if err != nil {
		return nil, err
	}
	if v.loose && !parsed && v.kind == text {
		var items []value
		for s := range strings.SplitSeq(v.text, ",") {
			if s = strings.TrimSpace(s); s != "" {
				items = append(items, value{kind: text, text: s, at: v.at})
			}
		}
		return items, nil
	}
	if v.kind != list {
		f := mistyped("a list", v)
		if v.scalar() {
			f.hint = "Write [" + v.text + "]."
		}
		return nil, v.fail(key, f)
	}
	return v.items, nil
}

func setList(to func(*Config) *[]string, ok check) setter {
	return func(c *Config, key string, v value) error {
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
		*to(c) = out
		return nil
	}
}
