"""Is the process alive, and can it take work: for load balancers and for people."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from service.wiring import Services

router = APIRouter(prefix="/health", tags=["health"])


class Live(BaseModel):
    status: str = "live"


class Ready(BaseModel):
    """`ready` when check-ins are decided at once. A service that is not ready still records them if its
    database answers."""

    ready: bool
    database: bool
    workers: bool


@router.get("/live")
async def live() -> Live:
    """The process answers. On the event loop itself, so that busy threads don't make it look dead."""
    return Live()


@router.get("/ready", responses={503: {"model": Ready, "description": "Not ready"}})
async def ready(request: Request, response: Response) -> Ready:
    """The database has answered within the last seconds, and a worker has its networks loaded. On the event loop,
    too: nothing here waits."""
    services: Services = request.app.state.services
    database = services.pulse.beats()
    workers = services.pool.ready()
    if not (database and workers):
        response.status_code = 503
    return Ready(ready=database and workers, database=database, workers=workers)
