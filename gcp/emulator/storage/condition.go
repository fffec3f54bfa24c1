package storage

import (
	"net/url"
	"strconv"
)

// conditions are a request's preconditions; nil is absent.
type conditions struct {
	genMatch, genNotMatch, metaMatch, metaNotMatch *int64
}

// check holds the conditions against the live object, nil if there is none.
// Writes answer 412; a read whose NotMatch fails is 304.
func (c conditions) check(r *record, write bool) error {
	var gen, meta int64
	if r != nil {
		gen, meta = r.Generation, r.Metageneration
	}
	if c.genMatch != nil && *c.genMatch != gen || c.metaMatch != nil && *c.metaMatch != meta {
		return errPrecondition
	}
	if c.genNotMatch != nil && *c.genNotMatch == gen || c.metaNotMatch != nil && *c.metaNotMatch == meta {
		if write {
			return errPrecondition
		}
		return errNotModified
	}
	return nil
}

// parseConditions reads the JSON API's query parameters.
func parseConditions(q url.Values) (c conditions, err error) {
	for name, field := range map[string]**int64{
		"ifGenerationMatch": &c.genMatch, "ifGenerationNotMatch": &c.genNotMatch,
		"ifMetagenerationMatch": &c.metaMatch, "ifMetagenerationNotMatch": &c.metaNotMatch,
	} {
		if *field, err = parseInt(q, name); err != nil {
			return c, err
		}
	}
	return c, nil
}

// parseInt is a parameter as a number, nil if it is absent.
func parseInt(q url.Values, name string) (*int64, error) {
	text := q.Get(name)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, invalid("Invalid value for %s: '%.40s'", name, text)
	}
	return &n, nil
}

// generation is the parameter of that name, 0 for the live object.
func generation(q url.Values) (int64, error) {
	n, err := parseInt(q, "generation")
	if err != nil || n == nil {
		return 0, err
	}
	if *n <= 0 {
		return 0, invalid("Invalid value for generation: '%d'", *n)
	}
	return *n, nil
}
