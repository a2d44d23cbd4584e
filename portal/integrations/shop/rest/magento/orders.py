"""Comments on orders, in words that every release from 2.4.3 on takes.

A comment without a status empties the order's status up to 2.4.6; 2.4.7 takes no other status than the current one;
2.4.8 only those of the order's state. So the current status goes with the comment, read just before.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.integrations.shop.rest import OrderComment, ShopWriteRejected
from portal.integrations.shop.rest.magento.calling import Interface, Words, interface, not_understood

ORDER_WORDS = Words(
    gone=gettext_lazy("The order is not in the shop any more."),
    refused=gettext_lazy("The shop refuses the comment: {reason}"),
)
_STATUS_TRIES = 3


class MagentoOrderWriter:
    def __init__(self, shop: Interface) -> None:
        self._shop = shop

    def add_comment(self, comment: OrderComment) -> None:
        # Magento takes the same comment twice, and a lost answer may mean that it took it.
        if self._is_written(comment):
            return
        if comment.status and self._post(comment, comment.status):
            return
        for _try in range(_STATUS_TRIES):
            # The shop may have changed it between our question and our comment: then ask again.
            if self._post(comment, self._current_status(comment.order_id)):
                return
        raise ShopWriteRejected(_("The shop does not take the comment with the order's own status."))

    def look(self) -> None:
        self._shop.get("/orders", ("searchCriteria[pageSize]", "1"), ("fields", "total_count"))
        try:
            # No order has this number, so nothing is written; who may not comment is told so first.
            self._post(OrderComment(0, "-", "[check]"), None)
        except ShopWriteRejected:
            return

    def check(self) -> list[str]:
        return self._shop.problems(self.look)

    def _is_written(self, comment: OrderComment) -> bool:
        answer = self._shop.get(f"/orders/{comment.order_id}/comments", ("fields", "items[comment]"))
        return any(comment.reference in str(item.get("comment") or "") for item in answer.get("items") or [])

    def _current_status(self, order_id: int) -> str | None:
        status = self._shop.get(f"/orders/{order_id}", ("fields", "status")).get("status")
        return status if isinstance(status, str) and status else None

    def _post(self, comment: OrderComment, status: str | None) -> bool:
        """False when the shop does not take it with this status."""
        history: dict[str, object] = {
            "comment": f"{comment.text} {comment.reference}",
            "is_customer_notified": 0,
            "is_visible_on_front": 0,
        }
        if status is not None:
            history["status"] = status
        path = f"/orders/{comment.order_id}/comments"
        answer = self._shop.send("POST", path, {"statusHistory": history})
        if answer.status == 400 and comment.order_id:
            return False
        if self._shop.result(answer) is not True:
            raise not_understood()
        return True


def order_writer() -> MagentoOrderWriter:
    """The writer of the settings."""
    return MagentoOrderWriter(interface(ORDER_WORDS))
