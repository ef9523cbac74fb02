package partnercenter

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/http"

	"github.com/cspkit/cspkit/internal/rawjson"
)

// All yields every item of a list, over all of its pages. An error is always
// the last thing it yields. Each range starts afresh, and breaking the loop
// ends it.
//
// A page is held as the bytes that came, and its items are decoded one at a
// time while the loop runs. The bytes are complete before the first item is
// yielded: an answer that was cut short, or has no items where items belong,
// is asked for again and never mistaken for the end of a list.
//
// Source: https://learn.microsoft.com/partner-center/developer/get-a-list-of-customers
func All[T any](ctx context.Context, c *Client, first Request) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		r, address := first, c.endpoint(first.Service).url(first.Path, first.Query)
		for page := 1; ; page++ {
			resp, err := c.send(ctx, r, address, holdsList)
			if err != nil {
				// A public Microsoft tool shows that code 2000 on a
				// continuation also means the end of the list.
				if e, ok := errors.AsType[*Error](err); ok && page > 1 && e.Status == http.StatusBadRequest && e.Code == "2000" {
					return
				}
				yield(zero, err)
				return
			}
			members, _ := rawjson.Members(resp.Body)
			for raw := range rawjson.Elements(listOf(resp.Body, members)) {
				item := zero
				err := json.Unmarshal(raw, &item)
				if string(raw) == "null" {
					err = errors.New("an item of the list is null")
				}
				if err != nil {
					yield(zero, c.unreadable(r, resp, err))
					return
				}
				if !yield(item, nil) {
					return
				}
			}
			var more bool
			if r, address, more, err = c.next(first, members); err != nil {
				yield(zero, c.astray(first, resp, "the link to the next page", err))
				return
			}
			if !more {
				return
			}
		}
	}
}

// listOf returns the array of a list: the member items, Graph's member value,
// or the whole body where that is an array.
func listOf(body []byte, members []rawjson.Member) []byte {
	for _, name := range [...]string{"items", "value"} {
		if raw, ok := rawjson.Get(members, name); ok && rawjson.IsArray(raw) {
			return raw
		}
	}
	if len(members) == 0 && json.Valid(body) && rawjson.IsArray(body) {
		return body
	}
	return nil
}

// holdsList is the check of a list's answer.
func holdsList(_ int, body []byte) error {
	members, _ := rawjson.Members(body)
	if listOf(body, members) == nil {
		return errors.New("a list without items")
	}
	return nil
}

// link is the next member of links.
type link struct {
	URI     string `json:"uri"`
	Headers []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"headers"`
}

// next returns the request for the page after the one with these members.
func (c *Client) next(first Request, members []rawjson.Member) (r Request, address string, more bool, err error) {
	var to link
	if raw, ok := rawjson.Get(members, "@odata.nextLink"); ok {
		err = json.Unmarshal(raw, &to.URI)
	} else if raw, ok := rawjson.Get(members, "links"); ok {
		var links struct{ Next *link }
		err = json.Unmarshal(raw, &links)
		if links.Next != nil {
			to = *links.Next
		}
	}
	if err != nil {
		return r, "", false, withoutInput(err)
	}
	if to.URI == "" {
		return r, "", false, nil
	}
	if address, err = c.endpoint(first.Service).resolve(to.URI); err != nil {
		return r, "", false, err
	}
	r = first
	r.RequestID = "" // another page is another request
	r.Header = http.Header{}
	maps.Copy(r.Header, first.Header)
	for _, h := range to.Headers {
		switch http.CanonicalHeaderKey(h.Key) {
		case "Authorization", "Ms-Requestid", "Ms-Correlationid": // ours to choose
		default:
			r.Header.Set(h.Key, h.Value)
		}
	}
	return r, address, true, nil
}
