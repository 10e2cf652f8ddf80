// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

const (
	// maxBody bounds the body of a request, in bytes, and bodyTimeout how long it takes to arrive.
	maxBody     = 256 << 10
	bodyTimeout = 5 * time.Second

	inJSON = "application/json"
)

// endpoint is a handler without its types, so that what reads requests, holds them against their
// schemas and answers them is compiled once and not once a route, which huma.Register is. What a
// request may have and what it is told stay huma's.
type endpoint struct {
	in     reflect.Type // a struct: of parameters, with tags as huma has them, Body if the request has one, and RawBody
	out    reflect.Type // what is answered as JSON
	handle func(ctx context.Context, in any) (any, error)

	schemas    huma.Registry
	parameters []parameter
	body       *huma.Schema // nil: the request has none
	bodyField  int
	textField  []int // RawBody, which has the body as it was sent; nil: nobody wants it
}

// parameter is a field of the input that the path or the query has.
type parameter struct {
	*huma.Param
	field    int
	absent   string // what it is where nothing is sent
	resolves bool
}

// register describes the route and answers its requests.
func (e *endpoint) register(h huma.API, o *huma.Operation) {
	e.schemas = h.OpenAPI().Components.Schemas
	for n := range e.in.NumField() {
		f := e.in.Field(n)
		if f.Name == "RawBody" {
			e.textField = f.Index
		} else if f.Name == "Body" {
			e.bodyField, e.body = n, huma.SchemaFromField(e.schemas, f, "")
			e.body.PrecomputeMessages()
			o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{inJSON: {Schema: e.body}}}
		} else if p, ok := e.parameter(n, f); ok {
			e.parameters = append(e.parameters, p)
			o.Parameters = append(o.Parameters, p.Param)
		}
	}
	answered := huma.SchemaFromField(e.schemas, reflect.StructField{Name: "Body", Type: e.out}, "Empty")
	o.DefaultStatus = http.StatusOK
	o.Responses = map[string]*huma.Response{strconv.Itoa(http.StatusOK): {
		Description: http.StatusText(http.StatusOK),
		Content:     map[string]*huma.MediaType{inJSON: {Schema: answered}},
	}}
	h.OpenAPI().AddOperation(o)
	h.Adapter().Handle(o, h.Middlewares().Handler(o.Middlewares.Handler(func(c huma.Context) { e.serve(h, c) })))
}

func (e *endpoint) parameter(n int, f reflect.StructField) (parameter, bool) {
	p := parameter{
		Param: &huma.Param{Name: f.Tag.Get("path"), In: "path", Required: true},
		field: n, absent: f.Tag.Get("default"), resolves: reflect.PointerTo(f.Type).Implements(reflect.TypeFor[huma.Resolver]()),
	}
	if name := f.Tag.Get("query"); name != "" {
		p.Name, p.In, p.Required, p.Explode = name, "query", f.Tag.Get("required") == "true", new(bool)
	}
	if p.Name == "" {
		return p, false
	}
	p.Schema = huma.SchemaFromField(e.schemas, f, "")
	p.Description = p.Schema.Description
	return p, true
}

// serve answers a request. What is wrong with it is told all at once: with its parameters, then with
// its body.
func (e *endpoint) serve(h huma.API, c huma.Context) {
	input := reflect.New(e.in)
	found := &huma.ValidateResult{}
	at := huma.NewPathBuffer(make([]byte, 0, 128), 0)
	for _, p := range e.parameters {
		p.read(c, e.schemas, input.Elem().Field(p.field), at, found)
	}
	status := http.StatusUnprocessableEntity
	if e.body != nil {
		sent, refused, why := received(c)
		if refused != 0 {
			_ = huma.WriteErr(h, c, refused, why) // the caller may be gone
			return
		}
		if len(sent) == 0 {
			_ = huma.WriteErr(h, c, http.StatusBadRequest, "request body is required", found.Errors...)
			return
		}
		if e.textField != nil {
			input.Elem().FieldByIndex(e.textField).SetBytes(sent)
		}
		status = e.decode(h, c.Header("Content-Type"), sent, input.Elem().Field(e.bodyField), at, found)
	}
	e.resolve(c, input, found)
	if len(found.Errors) > 0 {
		_ = huma.WriteErr(h, c, status, "validation failed", found.Errors...)
		return
	}
	out, err := e.handle(c.Context(), input.Interface())
	if err != nil {
		f := refused(c.Context(), err)
		send(h, c, f.GetStatus(), f)
		return
	}
	send(h, c, http.StatusOK, out)
}

// read puts what was sent, or else stands for it, into the field.
func (p parameter) read(c huma.Context, schemas huma.Registry, field reflect.Value, at *huma.PathBuffer, found *huma.ValidateResult) {
	at.Reset()
	at.Push(p.In)
	at.Push(p.Name)
	text := p.absent
	if p.In == "path" {
		text = c.Param(p.Name)
	} else if sent := c.Query(p.Name); sent != "" {
		text = sent
	}
	if text == "" {
		if p.Required {
			found.Add(at, "", "required "+p.In+" parameter is missing")
		}
		return
	}
	value := any(text)
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Int:
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			found.Add(at, nil, "invalid integer")
			return
		}
		field.SetInt(number)
		value = number
	default: // a time
		moment, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			found.Add(at, nil, "invalid date/time for format "+time.RFC3339Nano)
			return
		}
		field.Set(reflect.ValueOf(moment))
	}
	huma.Validate(schemas, p.Schema, at, huma.ModeWriteToServer, value, found)
}

// received is the whole body or, where it cannot be read, a status and why.
func received(c huma.Context) (body []byte, status int, why string) {
	_ = c.SetReadDeadline(time.Now().Add(bodyTimeout)) // what is asked within the process has none
	from := c.BodyReader()
	if from == nil {
		return nil, 0, ""
	}
	var read bytes.Buffer
	n, err := io.Copy(&read, io.LimitReader(from, maxBody))
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case n == maxBody:
		return nil, http.StatusRequestEntityTooLarge, fmt.Sprintf("request body is too large limit=%d bytes", maxBody)
	case isNet && timeout.Timeout():
		return nil, http.StatusRequestTimeout, "request body read timeout"
	case err != nil:
		return nil, http.StatusInternalServerError, unreadable
	}
	return read.Bytes(), 0, ""
}

// decode holds a body against its schema, and puts it into the field. It answers the status in which
// what it found is told.
func (e *endpoint) decode(h huma.API, kind string, sent []byte, field reflect.Value, at *huma.PathBuffer, found *huma.ValidateResult) int {
	if kind == "" {
		kind = inJSON
	}
	var parsed any
	if err := h.Unmarshal(kind, sent, &parsed); err != nil {
		found.Errors = append(found.Errors, &huma.ErrorDetail{Location: "body", Message: err.Error()})
		if errors.Is(err, huma.ErrUnknownContentType) {
			return http.StatusUnsupportedMediaType
		}
		return http.StatusBadRequest
	}
	before := len(found.Errors)
	at.Reset()
	at.Push("body")
	huma.Validate(e.schemas, e.body, at, huma.ModeWriteToServer, parsed, found)
	if err := h.Unmarshal(kind, sent, field.Addr().Interface()); err != nil && len(found.Errors) == before {
		found.Errors = append(found.Errors, &huma.ErrorDetail{Location: "body", Message: err.Error()})
	}
	return http.StatusUnprocessableEntity
}

// resolve lets the input, and its parameters, look at what they have become.
func (e *endpoint) resolve(c huma.Context, input reflect.Value, found *huma.ValidateResult) {
	if r, ok := reflect.TypeAssert[huma.Resolver](input); ok {
		found.Errors = append(found.Errors, r.Resolve(c)...)
	}
	for _, p := range e.parameters {
		if p.resolves {
			r, _ := reflect.TypeAssert[huma.Resolver](input.Elem().Field(p.field).Addr())
			found.Errors = append(found.Errors, r.Resolve(c)...)
		}
	}
}

// send answers in JSON. Nothing is said to a caller who is gone.
func send(h huma.API, c huma.Context, status int, body any) {
	c.SetHeader("Content-Type", inJSON)
	told, err := h.Transform(c, strconv.Itoa(status), body)
	if err == nil {
		c.SetStatus(status)
		err = h.Marshal(c.BodyWriter(), inJSON, told)
	}
	if err != nil && c.Context().Err() == nil {
		panic(err)
	}
}
