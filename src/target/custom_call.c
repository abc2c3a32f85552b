/*
 * One request to a custom API, waited for: what opening and listing do while nothing else is under
 * way.
 */
#include "custom_internal.h"

#define STEP_MS 1000

typedef struct {
	CustomTarget *target;
	const CustomStep *step;
	const CustomOp *op;
	CustomReply *reply;
	void (*with)(const HttpAnswer *http, void *data);
	void *data;
} Single;

static void on_single(HttpRequest *request, const HttpAnswer *http, void *single_)
{
	const Single *single = single_;
	CustomTarget *self = single->target;

	custom_reply_read(single->reply, single->step, single->op->what, FALSE,
			  custom_believes(self, single->op), self->credential,
			  &self->conf->net.auth, http);
	if (single->with)
		single->with(http, single->data);
	http_request_free(request);
}

void custom_call_and_wait(CustomTarget *self, HttpRequest *request, const CustomStep *step,
			  const CustomOp *op, CustomReply *reply,
			  void (*with)(const HttpAnswer *http, void *data), void *data)
{
	Single single = {
		.target = self, .step = step, .op = op, .reply = reply, .with = with, .data = data
	};

	http_submit(self->http, request);
	while (http_step(self->http, STEP_MS, on_single, &single) > 0)
		continue;
}
